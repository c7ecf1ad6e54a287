"""Ratios with their spread, and the table that `make perf` prints."""

from collections.abc import Iterable
from pathlib import Path
from statistics import median

from scripts.common.files import atomic_path
from tests.perf.stopwatch import Lap


def ratios(ours: list[Lap], others: list[Lap]) -> list[float]:
    """Return ours / theirs in useful tokens per second, round by round.

    Laps of one round ran one after the other, so what slows a machine down for minutes cancels.
    """
    pairs = zip(ours, others, strict=True)
    return [mine.useful_tokens_per_second / other.useful_tokens_per_second for mine, other in pairs]


def spread(values: Iterable[float], digits: int) -> str:
    """Return "median (least-greatest)"."""
    values = sorted(values)
    middle = f"{median(values):.{digits}f}"
    if len(values) == 1:
        return middle
    return f"{middle} ({values[0]:.{digits}f}-{values[-1]:.{digits}f})"


def draw_table(laps: dict[str, list[Lap]], steps: dict[str, str], ours: str) -> str:
    """Return a Markdown table: a line a contestant, ours first."""
    lines = [
        "| contestant | a step is | useful tokens/s | ours / theirs | steps, seconds |",
        "| --- | --- | --- | --- | --- |",
    ]
    for name, timed in laps.items():
        speed = spread((lap.useful_tokens_per_second for lap in timed), 0)
        factor = "" if name == ours else f"{spread(ratios(laps[ours], timed), 2)}"
        count = sum(len(lap.steps) for lap in timed)
        seconds = sum(lap.seconds for lap in timed)
        lines.append(f"| {name} | {steps[name]} | {speed} | {factor} | {count}, {seconds:.0f} |")
    return "\n".join(lines)


def write_section(path: Path, title: str, body: str) -> None:
    """Put a section into a Markdown file, in place of the one of the same title, or at its end."""
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    head, *sections = f"\n{text}".split("\n## ")
    named = {section.partition("\n")[0]: section for section in sections}
    named[title] = f"{title}\n\n{body}"
    parts = [head.strip(), *(f"## {part.strip()}" for part in named.values())]
    with atomic_path(path) as partial:
        partial.write_text("\n\n".join(part for part in parts if part) + "\n", encoding="utf-8")
