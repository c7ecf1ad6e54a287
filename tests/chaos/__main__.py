"""Do faults to copies of the tiny study; print what followed each kind, and what was not promised.

    python -m tests.chaos --seed 1 --groups damage --match "weights|score"

Exit status 1 where a promise is broken.
"""

import argparse
import datetime
import random
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from scripts.common.command import positive
from scripts.common.files import ROOT, remove
from tests.chaos.damages import damage_trials
from tests.chaos.disks import disk_trials
from tests.chaos.kills import kill_trials
from tests.chaos.rivals import rival_trials
from tests.chaos.runs import make, prepare, results
from tests.chaos.surroundings import surroundings_trials
from tests.chaos.verdicts import Found, Trial
from tests.perf.table import write_section

GROUPS: dict[str, Callable[..., Iterator[Trial]]] = {
    "damage": damage_trials,
    "kills": kill_trials,
    "disks": disk_trials,
    "surroundings": surroundings_trials,
    "rivals": rival_trials,
}


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    options = argparse.ArgumentParser(prog="chaos", description=__doc__.partition("\n")[0])
    options.add_argument("--seed", type=int, default=1, help="of what is drawn (1)")
    options.add_argument("--groups", nargs="+", default=list(GROUPS), choices=list(GROUPS))
    options.add_argument("--match", default="", help="a pattern of trials' names")
    options.add_argument("--sample", type=positive, help="so many trials of each group")
    options.add_argument("--reference", type=Path, help="a finished tiny study; unset: make one")
    options.add_argument("--write", type=Path, help="put the table into this Markdown file")
    return options


def main(arguments: argparse.Namespace) -> int:
    """Try, print, and write the table if asked to; return the exit status."""
    with tempfile.TemporaryDirectory(prefix="chaos-") as name:
        place = Path(name)
        reference = arguments.reference or finish(place / "reference")
        expected = results(reference)
        done: list[tuple[Trial, Found]] = []
        for trial in draw(arguments, reference, expected):
            began = time.monotonic()
            found = trial.run(place / "trial")
            remove(place / "trial")
            done.append((trial, found))
            told = (
                f"{trial.group}, {trial.name}: {found.verdict} ({time.monotonic() - began:.0f} s)"
            )
            print(told if found.verdict.is_kept else f"{told}\n    {found.detail}", flush=True)
    table = draw_table(done)
    print(table)
    if arguments.write:
        commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, check=True,
                                capture_output=True, text=True).stdout.strip()  # fmt: skip
        head = f"Of {datetime.date.today()} at {commit}, seed {arguments.seed}."
        write_section(arguments.write, "What followed", f"{head}\n\n{table}")
    return int(not all(found.verdict.is_kept for _, found in done))


def finish(folder: Path) -> Path:
    """Run the study that nothing disturbs."""
    outcome = make(prepare(folder))
    if outcome.status:
        sys.exit(f"the undisturbed study failed:\n{outcome.output[-4000:]}")
    return folder


def draw(
    arguments: argparse.Namespace, reference: Path, expected: dict[str, str]
) -> Iterator[Trial]:
    """Yield the trials that are asked for, in the order of their groups."""
    chance = random.Random(arguments.seed)
    for group in arguments.groups:
        drawn = [chance] if group == "kills" else []
        trials = list(GROUPS[group](reference, expected, *drawn))
        named = [one for one in trials if re.search(arguments.match, f"{one.group}, {one.name}")]
        if arguments.sample and arguments.sample < len(named):
            chosen = sorted(chance.sample(range(len(named)), arguments.sample))
            named = [named[number] for number in chosen]
        yield from named


def draw_table(done: list[tuple[Trial, Found]]) -> str:
    """Return a Markdown table: a line a kind of fault, how often what followed."""
    lines = ["| fault | what followed |", "| --- | --- |"]
    for group in dict.fromkeys(trial.group for trial, _ in done):
        counts = Counter(found.verdict for trial, found in done if trial.group == group)
        told = ", ".join(f"{count} {verdict}" for verdict, count in counts.items())
        lines.append(f"| {group} | {told} |")
    kept = sum(found.verdict.is_kept for _, found in done)
    return "\n".join([*lines, "", f"{kept} of {len(done)} trials as promised."])


if __name__ == "__main__":
    sys.exit(main(parser().parse_args()))
