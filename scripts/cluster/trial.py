"""Asking Slurm whether it would take a job, before any is submitted: ``sbatch --test-only``.

Accounts, qualities of service and constraints of several features are Slurm's own to judge, and a
job that it refuses would be submitted again as often as a rule's `retries` say.
"""

import subprocess
from collections.abc import Iterator

from scripts.cluster.requests import SITE, Request

WAITED = 30  # seconds for an answer; a controller that is slower is asked by the jobs themselves
REASON = "allocation failure: "  # what sbatch puts before its controller's words


def refused_by_slurm(request: Request) -> str | None:
    """Return why Slurm would not take such a job, and where to change it; None where it would."""
    command = ["sbatch", "--test-only", "--wrap", "true", *options(request)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=WAITED)
    except subprocess.TimeoutExpired:
        return None
    except FileNotFoundError:
        return "sbatch: not found; `--profile slurm` is for a machine from which Slurm takes jobs"
    if done.returncode == 0:
        return None
    lines = done.stderr.strip().splitlines() or ["no reason given"]
    reason = lines[-1].removeprefix("sbatch: error: ").removeprefix(REASON)
    return (
        f"{request.rule}: Slurm would refuse it: {reason} (asked with "
        f"`{' '.join(options(request))}`); {SITE}: account, qos, constraint, partitions"
    )


def options(request: Request) -> Iterator[str]:
    """Yield sbatch's options for what a job asks for, without GPUs, which sinfo has told of."""
    asked = {
        "partition": request.partition,
        "account": request.account,
        "qos": request.qos,
        "constraint": request.constraint,
        "time": request.minutes,
        "mem": request.memory_mib or None,
        "cpus-per-task": request.cpus,
        "nodes": request.nodes,
    }
    for name, value in asked.items():
        if value is not None:
            yield f"--{name}={value}"
