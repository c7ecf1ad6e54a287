"""How long do plans take? The papers' studies, and one of 10,000 jobs.

    python -m tests.perf.plan

Prints a table: jobs, seconds of the clock and of the processor, and peak memory of a dry run.
"""

import argparse
import os
import re
import sys
import tempfile
import time
from pathlib import Path

from scripts.common.command import positive, run
from scripts.common.errors import InputError
from scripts.common.files import ROOT, write_json
from tests.support.many_jobs import many_jobs

STUDIES = ["config.yaml", *(f"configs/{name}.yaml" for name in ("x-llama-7b", "billa-7b"))]


def main(arguments: argparse.Namespace) -> None:
    """Measure and print."""
    print("| study | jobs | seconds | of the processor | peak MiB |")
    print("| --- | ---: | ---: | ---: | ---: |")
    with tempfile.TemporaryDirectory() as name:
        big = Path(name) / "many-jobs.json"
        write_json(big, many_jobs(arguments.models, arguments.benchmarks))
        for study in [*(ROOT / path for path in STUDIES), big]:
            print(f"| {study.stem} | {measure(study, Path(name))} |", flush=True)


def measure(study: Path, folder: Path) -> str:
    """Return the cells of a study's row; `InputError` where it cannot be planned."""
    output = folder / "plan.txt"
    words = ["snakemake", "--snakefile", str(ROOT / "Snakefile"), "--dry-run", "--quiet", "rules"]
    words += ["--directory", str(folder), "--cores", "2", "--configfile", str(study), "--", "all"]
    start = time.monotonic()
    with output.open("w") as stream:
        actions = [(os.POSIX_SPAWN_DUP2, stream.fileno(), number) for number in (1, 2)]
        child = os.posix_spawn(
            sys.executable, [sys.executable, "-m", *words], os.environ, file_actions=actions
        )
        _, status, usage = os.wait4(child, 0)
    jobs = re.search(r"^total +(\d+)$", output.read_text(), re.MULTILINE)
    if status or not jobs:
        raise InputError(f"{study}: not planned: {output.read_text()[-300:]}")
    seconds, spent = time.monotonic() - start, usage.ru_utime + usage.ru_stime
    return f"{int(jobs[1]):,} | {seconds:.1f} | {spent:.1f} | {usage.ru_maxrss // 1024:,}"


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    options = argparse.ArgumentParser(prog="perf.plan", description=__doc__.partition("\n")[0])
    options.add_argument("--models", type=positive, default=2000, help="of the largest (2000)")
    options.add_argument("--benchmarks", type=positive, default=2, help="of the largest (2)")
    return options


if __name__ == "__main__":
    run(main, parser())
