"""Why a job of a cluster failed, in one line: from what it wrote, or else what Slurm says."""

import re
from collections.abc import Sequence
from pathlib import Path

OURS = re.compile(r"(?m)^error: (.+)$")  # a script's own word (scripts.common.command)
PYTHONS = re.compile(r"(?m)^((?:\w+\.)*\w*(?:Error|Exception)\b.*)$")  # a traceback's last line
ENTRY = re.compile(r"(?m)^\d\d:\d\d:\d\d ")  # what a line of a log begins with
TRACEBACK = "failed\nTraceback (most recent call last):"
MEMORY = re.compile(r"(?i)oom[-_ ]?kill|out of memory|exceeded (?:job )?memory limit")
SLURMS = re.compile(r"status is: '(\w+)")
REFUSED = re.compile(
    r"sbatch failed\. The error message was '(?:sbatch: error: )?([^\n]*?)'?\.?(?:\n|$)"
)
STATES = {
    "TIMEOUT": "it took longer than it may (resources.<rule>.runtime in slurm/site.yaml)",
    "OUT_OF_MEMORY": "it had too little memory (resources.<rule>.mem_mb in slurm/site.yaml)",
    "CANCELLED": "somebody has cancelled it",
    "NODE_FAIL": "its node failed",
    "PREEMPTED": "a job of more importance took its place",
}


def explain_failure(logs: Sequence[str], said: str = "") -> tuple[str, str]:
    """Return why a job failed, without its name, and the log that tells more.

    Either is empty where there is none.

    Args:
        logs: the job's own log and that of Slurm.
        said: by Slurm, as Snakemake's executor repeats it.
    """
    if refused := REFUSED.search(said):
        return f"Slurm has not taken it: {refused[1]}", ""
    texts = {log: read(Path(log)) for log in logs}
    for pattern in (OURS, PYTHONS):
        for log, text in texts.items():
            if found := pattern.findall(text):
                return str(found[-1]).strip(), log
    state = SLURMS.search(said)
    word = state[1] if state else ""
    if any(map(MEMORY.search, texts.values())):
        word = "OUT_OF_MEMORY"
    # What a killed script has written tells how far it came; where it wrote nothing, Slurm's may.
    log = next((log for log, text in texts.items() if text), "")
    if not word:
        return "", log
    return (f"{STATES[word]}: {word}" if word in STATES else f"Slurm says {word}"), log


def has_repeated(log: Path) -> bool:
    """Tell whether a script's last two starts have ended with the same traceback."""
    entries = [entry.strip() for entry in ENTRY.split(read(log))]
    errors = [entry for entry in entries if entry.startswith(TRACEBACK)]
    return len(errors) > 1 and entries[-1] == errors[-1] == errors[-2]


def read(log: Path) -> str:
    """Return the end of a log; empty where there is none."""
    try:
        with log.open("rb") as stream:
            stream.seek(max(0, log.stat().st_size - 100_000))
            return stream.read().decode("utf-8", "replace")
    except OSError:
        return ""
