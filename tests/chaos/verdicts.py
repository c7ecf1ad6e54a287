"""What followed a fault, and whether it is as lingraft promises."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from tests.chaos.runs import HUNG, Outcome, differing, leftovers, make, results

SHOWN = 8  # names of a long list
TRACEBACK = "Traceback (most recent call last)"


class Verdict(StrEnum):
    """What followed a fault; the first five are as promised."""

    SAME = "same bytes"
    UNUSED = "unused, and told where it is used"
    TOLD = "one line"
    REFUSED = "refused at once"
    SKIPPED = "skipped"
    SILENT = "OTHER BYTES"
    TRACEBACK = "TRACEBACK"
    UNCLEAR = "UNCLEAR"
    LOST = "NOT RECOVERED"
    HUNG = "HUNG"

    @property
    def is_kept(self) -> bool:
        """Tell whether it is as promised."""
        promised = (Verdict.SAME, Verdict.UNUSED, Verdict.TOLD, Verdict.REFUSED, Verdict.SKIPPED)
        return self in promised


@dataclass(frozen=True)
class Found:
    """A verdict and what it rests on: names of files, or the line that was printed."""

    verdict: Verdict
    detail: str = ""


@dataclass(frozen=True)
class Trial:
    """One fault.

    Args:
        group: of which kind it is.
        name: what is done.
        run: does it in a folder that does not exist yet.
    """

    group: str
    name: str
    run: Callable[[Path], Found]

    @property
    def key(self) -> tuple[str, str]:
        """Return what names it among all trials."""
        return self.group, self.name


def judge(outcome: Outcome, folder: Path, expected: Mapping[str, str], named: str = "") -> Found:
    """Judge what followed a fault.

    Args:
        expected: the results of a run that nothing disturbed.
        named: what the line that is told must hold.
    """
    if outcome.status == HUNG:
        return Found(Verdict.HUNG, outcome.output[-300:])
    if TRACEBACK in outcome.output:
        where = outcome.output.index(TRACEBACK)
        return Found(Verdict.TRACEBACK, outcome.output[where:][:2000])
    if outcome.status == 0:
        names = differing(expected, results(folder))
        more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
        told = ", ".join(names[:SHOWN]) + more
        return Found(Verdict.SILENT, told) if names else Found(Verdict.SAME)
    errors = outcome.errors
    if not errors or not all(named in line for line in errors[:1]):
        return Found(Verdict.UNCLEAR, (" | ".join(errors) or outcome.output[-1500:]))
    return Found(Verdict.TOLD, errors[0])


def recover(
    found: Found, folder: Path, expected: Mapping[str, str], repair: Callable[[str], object]
) -> Found:
    """After a line was told, do what it asks for, and run again: the results must be the same.

    Args:
        repair: does it; it gets the line.
    """
    if found.verdict is not Verdict.TOLD:
        return found
    seen, detail = set[str](), found.detail
    for _ in range(4):  # one damage may be told of by several jobs, one run after the other
        repair(detail)
        outcome = make(folder)
        again = judge(outcome, folder, expected)
        if again.verdict is Verdict.SAME:
            left = leftovers(folder)
            return Found(Verdict.LOST, f"left: {', '.join(left)}") if left else found
        if again.verdict is not Verdict.TOLD or again.detail in seen:
            break
        seen.add(detail := again.detail)
    return Found(Verdict.LOST, f"after {found.detail!r}: {again.verdict}: {again.detail}")
