"""Do faults to copies of the tiny study; print what followed each kind, and what was not promised.

    python -m tests.chaos --seed 1 --groups damage --match "weights|score"

Exit status 1 where a promise is broken.
"""

import argparse
import datetime
import random
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from scripts.common.command import positive
from scripts.common.files import remove
from tests.chaos.damages import damage_trials
from tests.chaos.disks import disk_trials
from tests.chaos.interrupted import interrupted_trials
from tests.chaos.journal import Line, append, commit, read_journal
from tests.chaos.kills import kill_trials
from tests.chaos.rivals import rival_trials
from tests.chaos.runs import end_jobs, make, prepare, results
from tests.chaos.surroundings import surroundings_trials
from tests.chaos.verdicts import Found, Trial, Verdict
from tests.perf.table import write_section

GROUPS: dict[str, Callable[..., Iterator[Trial]]] = {
    "damage": damage_trials,
    "interrupted": interrupted_trials,
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
    options.add_argument("--at-once", type=positive, default=2, help="trials side by side (2)")
    options.add_argument("--journal", type=Path, help="of what followed; a run continues with it")
    options.add_argument("--write", type=Path, help="put the table into this Markdown file")
    return options


def main(arguments: argparse.Namespace) -> int:
    """Try, print, and write the table if asked to; return the exit status."""
    done = read_journal(arguments.journal)
    with tempfile.TemporaryDirectory(prefix="chaos-") as name:
        place = Path(name)
        reference = arguments.reference or finish(place / "reference")
        trials = list(draw(arguments, reference, results(reference)))
        left = [trial for trial in trials if trial.key not in done]
        with ThreadPoolExecutor(arguments.at_once) as pool:
            running = [pool.submit(attempt, trial, place / f"trial-{number}")
                       for number, trial in enumerate(left)]  # fmt: skip
            try:
                for ended in as_completed(running):
                    line = ended.result()
                    done[line.key] = line
                    print(line.told, flush=True)
                    if arguments.journal:
                        append(arguments.journal, line)
            except BaseException:  # Ctrl-C too: what has not begun is left
                pool.shutdown(cancel_futures=True)
                raise
    lines = [done[trial.key] for trial in trials]
    table = draw_table(lines)
    print(table)
    if arguments.write:
        commits = ", ".join(dict.fromkeys(line.commit for line in lines))
        head = f"Of {datetime.date.today()} at {commits}, seed {arguments.seed}."
        write_section(arguments.write, "What followed", f"{head}\n\n{table}")
    return int(not all(line.verdict.is_kept for line in lines))


def attempt(trial: Trial, folder: Path) -> Line:
    """Run a trial in a folder that is deleted afterwards."""
    began = time.monotonic()
    try:
        found = trial.run(folder)
    except Exception as error:  # a fault of the trial must not end a run of hours
        found = Found(Verdict.UNCLEAR, f"the trial itself: {error!r}")
    finally:
        end_jobs(folder)
        remove(folder)
    return Line(*trial.key, found.verdict, found.detail, round(time.monotonic() - began), commit())


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


def draw_table(lines: Sequence[Line]) -> str:
    """Return a Markdown table: a line a kind of fault, how often what followed."""
    table = ["| fault | trials | what followed |", "| --- | ---: | --- |"]
    kinds = [line.group.partition(":")[0] for line in lines]  # of a damaged file, whatever it was
    for kind in dict.fromkeys(kinds):
        of_kind = [line for line, its in zip(lines, kinds, strict=True) if its == kind]
        counts = Counter(line.verdict for line in of_kind).most_common()
        told = ", ".join(f"{count} {verdict}" for verdict, count in counts)
        table.append(f"| {kind} | {len(of_kind)} | {told} |")
    kept = sum(line.verdict.is_kept for line in lines)
    return "\n".join([*table, "", f"{kept} of {len(lines)} trials as promised."])


if __name__ == "__main__":
    sys.exit(main(parser().parse_args()))
