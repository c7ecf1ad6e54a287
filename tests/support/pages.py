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


def commands(block: Block) -> list[str]:
    """Return the commands of a console block, without prompts and comments behind them."""
    lines = [line[2:] for line in block.text.splitlines() if line.startswith("$ ")]
    return [re.sub(r"\s+#.*", "", line) for line in lines]
