"""Two at once: in one folder, on one folder of results, at one download."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path

import yaml

from tests.chaos.runs import copy, end, make, make_command, prepare, results, start
from tests.chaos.verdicts import Found, Trial, Verdict, judge
from tests.support.tiny_study import STUDY, snakemake_command

STAGES = 20  # seconds in which a run is far from its end


def rival_trials(reference: Path, expected: Mapping[str, str]) -> Iterator[Trial]:
    """Yield what two runs may do to each other."""
    yield Trial("two at once", "make beside make", partial(run_twice, expected))
    yield Trial("two at once", "two studies, one after the other, in one folder",
                partial(run_other, reference, expected))  # fmt: skip
    yield Trial("two at once", "three downloads into one folder", partial(download_together))
    yield Trial("two at once", "three creators of one environment, one of them killed",
                create_together)  # fmt: skip


def run_twice(expected: Mapping[str, str], folder: Path) -> Found:
    """Start `make` beside a running one; the second is refused, the first one ends well."""
    first = start(prepare(folder), make_command())
    time.sleep(STAGES)
    second = make(folder)
    if second.status == 0 or len(second.errors) != 1:
        os.killpg(first.pid, signal.SIGKILL)
        return Found(Verdict.UNCLEAR, second.output[-1000:])
    found = judge(end(first), folder, expected)
    return Found(Verdict.REFUSED) if found.verdict is Verdict.SAME else found


def run_other(reference: Path, expected: Mapping[str, str], folder: Path) -> Found:
    """Let another study of the same names take over a finished one's results, and give it back."""
    copy(reference, folder)
    study = yaml.safe_load(STUDY.read_text(encoding="utf-8"))
    study["recipes"]["instruct"]["learning_rate"] = 2e-3
    other = folder / "other.yaml"
    other.write_text(yaml.safe_dump(study, sort_keys=False), encoding="utf-8")
    outcome = end(start(folder, make_command(study=other)))
    changed = results(folder)
    if outcome.status or changed["tables/main.csv"] == expected["tables/main.csv"]:
        return Found(Verdict.UNCLEAR, outcome.output[-1500:])
    if changed["billa-zh/ui_en-zh.bleu"] != expected["billa-zh/ui_en-zh.bleu"]:
        return Found(Verdict.SILENT, "a score of a model that both have alike")
    return judge(make(folder), folder, expected)


def download_together(folder: Path) -> Found:
    """Let three studies fetch the same files into one folder at once."""
    raw = folder / "raw"
    raw.mkdir(parents=True)
    runs = []
    for number in range(3):
        place = prepare(folder / str(number))
        os.rename(place / "results" / "raw", place / "raw-before")
        (place / "results" / "raw").symlink_to(raw, target_is_directory=True)
        command = snakemake_command("--cores", "2", "--until", "download", "--", "all")
        runs.append(start(place, command))
    outcomes = [end(process) for process in runs]
    failed = ["; ".join(outcome.errors) or outcome.output[-1500:]
              for outcome in outcomes if outcome.status]  # fmt: skip
    if failed:
        return Found(Verdict.UNCLEAR, failed[0])
    before = folder / "0" / "raw-before" / "pypi"
    for file in (path for path in before.glob("*.whl")):
        if (raw / "pypi" / file.name).read_bytes() != file.read_bytes():
            return Found(Verdict.SILENT, file.name)
    return Found(Verdict.SAME)


def create_together(folder: Path) -> Found:
    """Let three processes create one environment; the first is killed while it does."""
    folder.mkdir(parents=True)
    lock = folder / "lock.txt"
    lock.write_text("# nothing: the environment itself takes a second\n")
    output = folder / "environment" / "environment.json"
    script = [sys.executable, "-m", "scripts.environments.create_environment"]
    command = [*script, "--lock", str(lock), "--output", str(output)]
    first = start(folder, command)
    while first.poll() is None and not output.parent.exists():
        time.sleep(0.001)
    others = [start(folder, command) for _ in range(2)]
    with suppress(ProcessLookupError):
        os.killpg(first.pid, signal.SIGKILL)
    first.communicate()
    outcomes = [end(process) for process in others]
    works = subprocess.run([output.parent / "bin" / "python", "-c", ""]).returncode == 0
    made = sum("exists already" not in outcome.output for outcome in outcomes)
    if any(outcome.status for outcome in outcomes) or not works or made != 1:
        return Found(Verdict.UNCLEAR, " | ".join(outcome.output[-500:] for outcome in outcomes))
    return Found(Verdict.SAME)
