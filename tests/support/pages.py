"""What README and the pages of docs/, config/ and configs/ show: commands and blocks of code.

for block in blocks(ROOT / "README.md", "console"):
    print(block.place, commands(block))
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from scripts.common.files import ROOT

PAGES = [
    *(ROOT / name for name in ("README.md", "config/README.md", "configs/README.md")),
    *sorted((ROOT / "docs").glob("*.md")),
]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# A command in a sentence; one with a placeholder (<name>, …) is the form of a command.
INLINE = re.compile(r"`((?:snakemake|make|python\s-m)\s[^`<…]+)`")


@dataclass(frozen=True)
class Block:
    """A fenced block; `place` is page and line, as ``README.md:20``."""

    place: str
    text: str


def blocks(page: Path, language: str) -> Iterator[Block]:
    """Yield a page's fenced blocks in a language."""
    text = page.read_text(encoding="utf-8")
    for found in FENCE.finditer(text):
        if found[1] == language:
            line = text.count("\n", 0, found.start()) + 1
            yield Block(f"{page.relative_to(ROOT)}:{line}", found[2])


def inline_commands(page: Path) -> Iterator[tuple[str, str]]:
    """Yield place and text of the commands in a page's sentences."""
    text = page.read_text(encoding="utf-8")
    prose = FENCE.sub(lambda found: "\n" * found[0].count("\n"), text)
    for found in INLINE.finditer(prose):
        line = prose.count("\n", 0, found.start()) + 1
        yield f"{page.relative_to(ROOT)}:{line}", " ".join(found[1].split())


def commands(block: Block) -> list[str]:
    """Return the commands of a console block, without prompts and comments behind them."""
    lines = [line[2:] for line in block.text.splitlines() if line.startswith("$ ")]
    return [re.sub(r"\s+#.*", "", line) for line in lines]
