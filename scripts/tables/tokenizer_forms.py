"""The tokenizer table as a reader sees it: two narrow tables in Markdown, LaTeX and the report.

The CSV has every column (scripts/tables/tabulate_tokenizers.py says what each is); of these, one
table shows what text costs and one what the vocabulary brings.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas

from scripts.tables import latex, markdown
from scripts.tables.forms import write_forms
from scripts.tables.table import DASH, Cell, Row, Table

HEADERS = {
    "tokenizer": "tokenizer",
    "language": "language",
    "vocabulary": "vocabulary",
    "new_tokens": "new tokens",
    "lines": "lines",
    "tokens_per_character": "tokens / character",
    "tokens_per_byte": "tokens / byte",
    "bytes_per_token": "bytes / token",
    "word": "word",
    "tokens_per_word": "tokens / word",
    "word_ratio": "tokens / word : base",
    "single_bytes": "% single bytes",
    "cost_ratio": "cost : base",
    "compute_ratio": "compute : base",
    "parity": "tokens : English",
    "longest": "longest sentence",
    "sentences": "sentences",
    "parallel": "parallel text",
    "language_tokens": "new for language",
    "unused": "unused in language",
    "unused_anywhere": "unused anywhere",
    "unchanged": "as base",
    "changed_lines": "lines that change",
}
TABLES = {
    "What text costs": (
        "tokenizer", "language", "tokens_per_character", "tokens_per_byte", "word",
        "tokens_per_word", "word_ratio", "single_bytes", "cost_ratio", "compute_ratio",
    ),
    "What the vocabulary brings": (
        "tokenizer", "language", "language_tokens", "unused", "unused_anywhere", "parity",
        "longest", "lines", "unchanged",
    ),
}  # fmt: skip
COUNTS = (
    "vocabulary", "new_tokens", "lines", "longest", "sentences", "language_tokens", "unused",
    "unused_anywhere", "changed_lines",
)  # fmt: skip
LABELS = 2  # tokenizer and language, the first columns of each of `TABLES`
WORDS = ("tokenizer", "language", "word", "parallel", "unchanged")
DIGITS = {"tokens_per_word": 2, "bytes_per_token": 2, "parity": 2, "single_bytes": 1}  # others 3


def show_value(column: str, value: Any) -> str:
    """Return one value as text: nothing is a dash, and shares become percents."""
    if pandas.isna(value):
        return DASH
    if column in WORDS:
        return str(value)
    if column in COUNTS:
        return f"{int(value):,}"
    share = 100 if column == "single_bytes" else 1
    return f"{share * value:.{DIGITS.get(column, 3)}f}"


def describe(table: pandas.DataFrame) -> dict[str, str]:
    """Return for each of `TABLES` the sentences below it: what its columns are relative to."""
    costs, brings = TABLES
    return {
        costs: "Cost: tokens per million characters, as a share of the base's, which is what text "
        "costs at the same price a token. Compute: the same times the weights that a token is "
        "multiplied by, output matrix included. Single bytes: the tokens that are one byte of a "
        "longer character.",
        brings: f"Tokens : English, and the longest sentence in tokens: {name_parallel(table)}. "
        "Unused: new tokens for the language that its own text here never uses, and that no text "
        "here uses. As base: every line gets the tokens that the base gives it. "
        f"Vocabularies: {name_sizes(table)}.",
    }


def name_sizes(table: pandas.DataFrame) -> str:
    """Return how many tokens each vocabulary has, and how many more than the base."""
    if not {"vocabulary", "new_tokens"} <= set(table.columns):
        return "not given"
    return ", ".join(
        f"{row.tokenizer} {row.vocabulary:,}"
        + (
            f" ({abs(row.new_tokens):,} {'new' if row.new_tokens > 0 else 'fewer'})"
            if row.new_tokens
            else ""
        )
        for row in table.drop_duplicates("tokenizer").itertuples()
    )


def name_parallel(table: pandas.DataFrame) -> str:
    """Return which parallel sentences were read for each language; English is in all of them."""
    known = table.dropna(subset=["parallel"]) if "parallel" in table else table.iloc[:0]
    known = known[known["language"] != "en"]
    named = [
        f"{row.parallel} ({int(row.sentences):,}) for {row.language}"
        for row in known.drop_duplicates("language").itertuples()
    ]
    return f"sentences of {', '.join(named)}" if named else "there are no parallel sentences"


def write_table(table: pandas.DataFrame, stem: Path) -> None:
    """Write ``<stem>.csv`` (all of it), ``.md`` and ``.tex`` (booktabs)."""
    write_forms(stem, table, to_markdown(table), to_latex(table))


def build_table(table: pandas.DataFrame, title: str) -> Table:
    """Return one of `TABLES` as it is shown; columns that are not there are left out."""
    names = [name for name in TABLES[title] if name in table]
    rows = tuple(
        build_row(names, values) for values in table[names].itertuples(index=False, name=None)
    )
    return Table(
        head=tuple(HEADERS[name] for name in names),
        rows=rows,
        notes=(describe(table)[title],),
        title=title,
        sides="".join("l" if name in WORDS else "r" for name in names),
    )


def build_row(names: Sequence[str], values: Sequence[Any]) -> Row:
    """Return a row: tokenizer and language are its labels."""
    texts = [show_value(name, value) for name, value in zip(names, values, strict=True)]
    return Row(tuple(texts[:LABELS]), tuple(map(Cell, texts[LABELS:])))


def to_markdown(table: pandas.DataFrame) -> str:
    """Return both tables in Markdown."""
    parts = []
    for title in TABLES:
        shown = build_table(table, title)
        page = "\n".join(markdown.markdown_rows(shown))
        parts.append(f"**{title}**\n\n{page}\n\n{shown.notes[0]}\n")
    return "\n".join(parts)


def to_latex(table: pandas.DataFrame) -> str:
    """Return two `table` environments."""
    parts = [latex.NEEDS]
    for number, title in enumerate(TABLES, 1):
        shown = build_table(table, title)
        style = latex.Style(
            caption=latex.escape(f"{title}. {shown.notes[0]}"),
            label=f"tab:tokenizer-{number}",
            size=r"\footnotesize\setlength{\tabcolsep}{3pt}",
            caption_on_top=True,
        )
        body = latex.tabular(shown, shown.sides, heads=[stack(head) for head in shown.head])
        parts += [*latex.environment(body, style), ""]
    return "\n".join(parts)


def stack(header: str) -> str:
    """Return a header on as many lines as it has words, so that its column stays narrow."""
    words = latex.escape(header).replace(" / ", " /~").replace(" : ", " :~").split()
    lines = r"\\".join(words)
    return rf"\shortstack{{{lines}}}" if len(words) > 1 else lines
