"""Damage to what a killed run leaves behind: checkpoints of a stage, finished batches of answers.

One run is killed when a stage has checkpoints, one when a benchmark is answered in part; then a
file is damaged, or the clock set back, and the same command started again.
"""

import os
import re
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, partial
from pathlib import Path

from scripts.common.files import remove
from tests.chaos.damages import CONTENT, make_new, make_old
from tests.chaos.runs import copy, make, start
from tests.chaos.verdicts import Found, Trial, judge, recover
from tests.support.tiny_study import snakemake_command

STAGE, DONOR = "x-tiny-zh", "instruct-en"
ANSWERS = "results/predictions/base/.ui_en-zh.partial.jsonl"
OTHERS = "results/predictions/base/.ui_zh-en.partial.jsonl"
SCORES = (STAGE, f"records/{STAGE}", f"predictions/{STAGE}", f"comparisons/{STAGE}.jsonl")
PLACES = {"weights": "*.distcp", "state": "state.json", "manifest": "manifest.json"}
TOUCH = re.compile(r"find -L results .*")  # what a line about times asks for
ATTEMPTS = 5
DAY = 86_400  # seconds
MAKING = threading.Lock()  # trials may run side by side


def interrupted_trials(reference: Path, expected: Mapping[str, str]) -> Iterator[Trial]:
    """Yield every damage to what an ended run continues from, and a clock that was set back."""
    resume = partial(resumed, reference, expected)
    for place in PLACES:
        for name, damage in CONTENT.items():
            change = partial(damage_checkpoint, place, damage)
            yield Trial(f"checkpoint's {place}: {name}", "newest of two", partial(resume, change))
    for name, replace in WHOLE.items():
        yield Trial(f"checkpoint: {name}", "newest of two", partial(resume, replace))
    for name, damage in {**CONTENT, "a year old": make_old, "of next year": make_new}.items():
        change = partial(damage_answers, damage)
        yield Trial(f"finished answers: {name}", "of two batches", partial(resume, change))
    again = partial(set_back, reference, expected)
    yield Trial("clock", "set back a day while a stage trained", again)


def interrupted(reference: Path) -> Path:
    """Return a copy of the study whose runs were killed; it is made once."""
    with MAKING:
        return interrupt(reference)


@cache
def interrupt(reference: Path) -> Path:
    """Return a copy of the study whose runs were killed in stages and in benchmarks."""
    folder = reference.with_name(f"{reference.name}-interrupted")
    remove(folder)
    copy(reference, folder)
    results = folder / "results"
    for model in (DONOR, STAGE):
        made = [f"models/{model}", f"checkpoints/{model}"]
        kill_at(
            folder, f"models/{model}/stage.json", made, partial(has_checkpoints, results, model)
        )
    remove(results / "predictions/base")
    for name, journal in (("ui_zh-en", OTHERS), ("ui_en-zh", ANSWERS)):
        made = [f"predictions/base/{name}.jsonl", f"predictions/base/.{name}.jsonl.kept"]
        kill_at(folder, made[0], made, partial(has_batch, folder / journal))
    for name in SCORES:
        remove(results / name)
    return folder


def kill_at(folder: Path, target: str, made: Sequence[str], is_there: Callable[[], bool]) -> None:
    """Start a run that makes a result, and kill it once it has what is asked for.

    On a busy machine a stage of a second may end before this process looks: then once more.

    Args:
        made: what is deleted before, beside what is asked for.
    """
    for _ in range(ATTEMPTS):
        for name in made:
            remove(folder / "results" / name)
        process = start(folder, snakemake_command("--cores", "2", f"results/{target}"))
        while process.poll() is None:
            if is_there():
                os.killpg(process.pid, signal.SIGKILL)
                process.communicate()
                return
            time.sleep(0.001)
        process.communicate()
    raise RuntimeError(f"{target}: {ATTEMPTS} runs ended before they could be interrupted")


def has_checkpoints(results: Path, model: str) -> bool:
    """Tell whether a stage has two checkpoints."""
    return len(list(results.glob(f"checkpoints/{model}/*/checkpoint-*"))) > 1


def has_batch(journal: Path) -> bool:
    """Tell whether a batch of answers is finished: the first line is the settings'."""
    try:
        return journal.read_bytes().count(b"\n") > 1
    except FileNotFoundError:
        return False


def checkpoints(folder: Path, model: str) -> list[Path]:
    """Return a stage's checkpoints, the newest first."""
    found = (folder / "results/checkpoints" / model).glob("*/checkpoint-*")
    return sorted(found, key=lambda path: int(path.name.rpartition("-")[2]), reverse=True)


def damage_checkpoint(place: str, damage: Callable[[Path, Path], None], folder: Path) -> None:
    """Damage a file of the newest checkpoint; the other one is the older one's."""
    newest, older = checkpoints(folder, STAGE)[:2]
    [path] = newest.rglob(PLACES[place])
    damage(path, older / path.relative_to(newest))


def take_older(folder: Path) -> None:
    """Put an older checkpoint in the place of the newest one, whole."""
    newest, older = checkpoints(folder, STAGE)[:2]
    remove(newest)
    shutil.copytree(older, newest)


def take_donor(folder: Path) -> None:
    """Put another stage's checkpoint in the place of the newest one, whole."""
    newest = checkpoints(folder, STAGE)[0]
    remove(newest)
    shutil.copytree(checkpoints(folder, DONOR)[0], newest)


def lose_file(folder: Path) -> None:
    """Delete the weights of the newest checkpoint."""
    for path in checkpoints(folder, STAGE)[0].rglob("*.distcp"):
        path.unlink()


WHOLE: dict[str, Callable[[Path], None]] = {
    "an older one's content": take_older,
    "another stage's": take_donor,
    "a file deleted": lose_file,
}


def damage_answers(damage: Callable[[Path, Path], None], folder: Path) -> None:
    """Damage the finished batches of a benchmark."""
    damage(folder / ANSWERS, folder / OTHERS)


def resumed(
    reference: Path, expected: Mapping[str, str], change: Callable[[Path], None], folder: Path
) -> Found:
    """Damage what the killed run has left and start it again; the results must be the same."""
    copy(interrupted(reference), folder)
    change(folder)
    found = judge(make(folder), folder, expected)
    return recover(found, folder, expected, lambda line: None)


def set_back(reference: Path, expected: Mapping[str, str], folder: Path) -> Found:
    """Continue with a clock a day behind all files that are there; then do what is asked for."""
    copy(interrupted(reference), folder)
    tomorrow = time.time() + DAY
    for path in [*(folder / "results").rglob("*"), *(folder / ".snakemake").rglob("*")]:
        os.utime(path, (tomorrow, tomorrow), follow_symlinks=False)

    def repair(line: str) -> None:
        command = TOUCH.search(line)
        assert command, line
        subprocess.run(["bash", "-c", command[0]], cwd=folder, check=True)

    return recover(judge(make(folder), folder, expected), folder, expected, repair)
