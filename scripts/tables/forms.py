"""Write a table's three files: its long form as CSV, and what a reader sees as Markdown and LaTeX.

write_forms(Path("results/tables/main"), rows, to_markdown(rows), to_latex(rows))
"""

from pathlib import Path

import pandas as pd

from scripts.common.files import write_text


def write_forms(stem: Path, rows: pd.DataFrame, markdown: str, latex: str) -> None:
    """Write ``<stem>.csv`` (every column, full precision), ``<stem>.md`` and ``<stem>.tex``."""
    write_text(Path(f"{stem}.csv"), rows.to_csv(index=False, lineterminator="\n"))
    write_text(Path(f"{stem}.md"), markdown)
    write_text(Path(f"{stem}.tex"), latex)
