"""Damage to each kind of file that a run leaves, then the next command.

The content is changed as a disk or a hand changes it: with the file's time as it was, and what is
made of it is made again; and with the time of the change, as `make` finds it. Files whose
content stays, with a time of a year ago or in a year, change nothing.
"""

import os
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from scripts.common.files import remove
from tests.chaos.runs import BETWEEN, copy, make
from tests.chaos.verdicts import Found, Trial, Verdict, judge, recover
from tests.support.damage import flip_byte

YEAR = 365 * 86400
ADVICE = re.compile(r"[Dd]elete (\S+?)[,;]? (?:and|to) ")


@dataclass(frozen=True)
class Kind:
    """A kind of file: one of it in ``results/``, another one, and what is made of it."""

    name: str
    path: str
    other: str
    target: str

    @property
    def told(self) -> str:
        """Return the name that a line tells: of digests and copies that of what they are of."""
        name = Path(self.path).name
        return name.removeprefix(".").removesuffix(".digests").removesuffix(".kept")


KINDS = (
    Kind("raw file", "raw/pypi/django-5.2.19.whl", "raw/pypi/wagtail-8.0.1.whl",
         "corpora/django_en-zh.parquet"),
    Kind("corpus", "corpora/everyday_zh.parquet", "corpora/everyday_en.parquet",
         "clean/everyday_zh.parquet"),
    Kind("clean corpus", "clean/everyday_zh.parquet", "clean/everyday_en.parquet",
         "packed/x-tiny-zh/manifest.json"),
    Kind("benchmark", "benchmarks/ui_en-zh.jsonl", "benchmarks/ui_zh-en.jsonl",
         "predictions/x-tiny-zh/ui_en-zh.jsonl"),
    Kind("tokenizer", "tokenizers/billa-extended/tokenizer.json", "models/base/tokenizer.json",
         "models/billa-extended/stage.json"),
    Kind("packed rows", "packed/billa-task/rows.arrow", "packed/billa-zh/rows.arrow",
         "models/billa-task/stage.json"),
    Kind("manifest", "packed/billa-task/manifest.json", "packed/billa-zh/manifest.json",
         "models/billa-task/stage.json"),
    Kind("weights", "models/x-tiny-zh/model.safetensors", "models/base/model.safetensors",
         "predictions/x-tiny-zh/ui_en-zh.jsonl"),
    Kind("tokenizer of a model", "models/billa-task/tokenizer.json", "models/base/tokenizer.json",
         "models/billa-zh/stage.json"),
    Kind("config of a model", "models/x-tiny-zh/config.json", "models/billa-zh/config.json",
         "predictions/x-tiny-zh/ui_en-zh.jsonl"),
    Kind("stage.json", "models/x-tiny-zh/stage.json", "models/billa-zh/stage.json",
         "predictions/x-tiny-zh/ui_en-zh.jsonl"),
    Kind("predictions", "predictions/x-tiny-zh/ui_en-zh.jsonl", "predictions/base/ui_en-zh.jsonl",
         "x-tiny-zh/ui_en-zh.bleu"),
    Kind("provenance of predictions", "predictions/x-tiny-zh/ui_en-zh.jsonl.meta.json",
         "predictions/base/ui_en-zh.jsonl.meta.json", "x-tiny-zh/ui_en-zh.bleu"),
    Kind("copy of predictions", "predictions/x-tiny-zh/.ui_en-zh.jsonl.kept",
         "predictions/base/.ui_en-zh.jsonl.kept", "predictions/x-tiny-zh/ui_en-zh.jsonl"),
    Kind("records", "records/x-tiny-zh/ui_en-zh.bleu.jsonl", "records/base/ui_en-zh.bleu.jsonl",
         "comparisons/x-tiny-zh.jsonl"),
    Kind("score", "x-tiny-zh/ui_en-zh.bleu", "base/ui_en-zh.bleu", "tables/main.csv"),
    Kind("comparison", "comparisons/x-tiny-zh.jsonl", "comparisons/billa-zh.jsonl",
         "tables/main.csv"),
    Kind("table", "tables/main.csv", "tables/tokenizer.csv", "report.html"),
    Kind("check", "checks/everyday_zh.json", "checks/everyday_en.json",
         "clean/everyday_zh.parquet"),
    Kind("digests", "predictions/x-tiny-zh/.ui_en-zh.jsonl.digests",
         "predictions/base/.ui_en-zh.jsonl.digests", "x-tiny-zh/ui_en-zh.bleu"),
)  # fmt: skip


def cut(path: Path, other: Path) -> None:
    """Keep the first half of a file's bytes."""
    content = path.read_bytes()
    overwrite(path, content[: len(content) // 2])


def empty(path: Path, other: Path) -> None:
    """Keep nothing of a file."""
    overwrite(path, b"")


def halve_lines(path: Path, other: Path) -> None:
    """Keep the first half of a file's lines."""
    lines = path.read_bytes().splitlines(keepends=True)
    overwrite(path, b"".join(lines[: len(lines) // 2]))


def take_other(path: Path, other: Path) -> None:
    """Put another file of the same kind in its place."""
    overwrite(path, other.read_bytes())


def flip(path: Path, other: Path) -> None:
    """Change a bit in the middle of a file."""
    path.chmod(path.stat().st_mode | 0o200)
    flip_byte(path)


def overwrite(path: Path, content: bytes) -> None:
    """Write into a file, other names of it included."""
    path.chmod(path.stat().st_mode | 0o200)
    with path.open("r+b") as stream:
        stream.write(content)
        stream.truncate()


def make_old(path: Path, other: Path) -> None:
    """Let a file be of a year ago."""
    os.utime(path, (time.time() - YEAR,) * 2)


def make_new(path: Path, other: Path) -> None:
    """Let a file be of next year."""
    os.utime(path, (time.time() + YEAR,) * 2)


CONTENT: dict[str, Callable[[Path, Path], None]] = {
    "one bit flipped": flip,
    "cut in half": cut,
    "emptied": empty,
    "half of the lines": halve_lines,
    "another's": take_other,
}
TIMES = {"a year old": make_old, "of next year": make_new}


def damage_trials(reference: Path, expected: Mapping[str, str]) -> Iterator[Trial]:
    """Yield every damage to every kind of file."""
    for kind in KINDS:
        for name, damage in CONTENT.items():
            for kept in (True, False):
                when = "time kept" if kept else "time of the change"
                run = partial(damaged, reference, expected, kind, damage, kept)
                yield Trial(f"{kind.name}: {name}", when, run)
        for name, damage in TIMES.items():
            run = partial(damaged, reference, expected, kind, damage, False)
            yield Trial(f"{kind.name}: {name}", "content kept", run)


def damaged(
    reference: Path,
    expected: Mapping[str, str],
    kind: Kind,
    damage: Callable[[Path, Path], None],
    kept: bool,
    folder: Path,
) -> Found:
    """Damage a file of a copy; return what followed, and what after the line was heeded."""
    copy(reference, folder)
    path, state = folder / "results" / kind.path, (folder / "results" / kind.path).stat()
    damage(path, folder / "results" / kind.other)
    if kept:
        os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
    outcome = make(folder, *(["--forcerun", f"results/{kind.target}"] if kept else []))
    found = judge(outcome, folder, expected, named=kind.told)
    if found == Found(Verdict.SILENT, kind.path) and kind.path.split("/")[0] in BETWEEN:
        return Found(Verdict.UNUSED)  # the trial that keeps its time shows what its use costs
    return recover(found, folder, expected, partial(heed, folder, path))


def heed(folder: Path, path: Path, line: str) -> None:
    """Do what a line asks for: delete what it names, else the damaged file."""
    advice = ADVICE.search(line)
    named = advice[1] if advice else "it"
    remove(path if named == "it" else folder / named)
