"""What followed each trial, kept in a file: a run of some hours may be ended and continued."""

import json
import subprocess
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from scripts.common.files import ROOT
from tests.chaos.verdicts import Verdict


@dataclass(frozen=True)
class Line:
    """A trial's group and name, what followed, in how many seconds, and at which commit."""

    group: str
    name: str
    verdict: Verdict
    detail: str
    seconds: int
    commit: str

    @property
    def key(self) -> tuple[str, str]:
        """Return what names the trial."""
        return self.group, self.name

    @property
    def told(self) -> str:
        """Return what is printed: the detail only where a promise is broken."""
        told = f"{self.group}, {self.name}: {self.verdict} ({self.seconds} s)"
        return told if self.verdict.is_kept else f"{told}\n    {self.detail}"


def read_journal(path: Path | None) -> dict[tuple[str, str], Line]:
    """Return the lines of a journal, if it is there, by their trials."""
    if path is None or not path.exists():
        return {}
    read = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    lines = [Line(**line | {"verdict": Verdict(line["verdict"])}) for line in read]
    return {line.key: line for line in lines}


def append(path: Path, line: Line) -> None:
    """Write a line at a journal's end."""
    with path.open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(asdict(line)) + "\n")


@cache
def commit() -> str:
    """Return the short name of the checked-out commit."""
    command = ["git", "rev-parse", "--short", "HEAD"]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return done.stdout.strip()
