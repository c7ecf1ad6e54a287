"""Tiny random models of many architectures (architectures.yaml), and the table of what they let do.

python -m tests.support.architectures --page docs/models.md
"""

import argparse
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import torch
import yaml
from transformers import AutoConfig, AutoModelForCausalLM, PreTrainedModel

from scripts.convert.exactness import is_exact
from scripts.convert.small_copy import text_config
from scripts.preflight.check_base import SUBJECTS, measure_all
from tests.perf.table import write_section

FILE = Path(__file__).with_suffix(".yaml")
KNOWN = yaml.safe_load(FILE.read_text(encoding="utf-8"))
NAMES = list(KNOWN["models"])
# What a cell says of a way that is not the fastest.
SHORT = {
    "sdpa": "mask",
    "sdpa, one example a row": "rows of one",
    "eager": "eager",
    "eager, one example a row": "eager, rows of one",
    "padded prompts": "padded",
    "a prompt at a time": "one by one",
    "a prompt at a time, without a cache": "no cache",
    "a row a choice": "rows of one",
}
TITLE = "Architectures"
INTRODUCTION = """\
What `check_base` finds of small random models, measured on {date} with transformers {version}. `=`
is exact to 1e-5 by the fastest way, a word names the way that is taken instead, `-` is refused
before anything trains. *mask*: attention over whole rows, which windows need; *eager*: of classes
that have no other; *rows of one*: an example, or a choice, has a row of its own; *padded*: prompts
do not share their beginning; *one by one*: a batch is answered prompt by prompt. Of a multimodal
model (*vision*) the text part is taken. Written by
`python -m tests.support.architectures --page docs/models.md`."""


def make_config(name: str) -> Any:
    """Return the configuration of a name in architectures.yaml."""
    settings = KNOWN["common"] | KNOWN["models"][name]
    text = settings.get("text_config")
    if text:
        settings = {key: settings[key] for key in settings if key not in KNOWN["common"]}
        settings["text_config"] = KNOWN["common"] | text
    return AutoConfig.for_model(settings.pop("model_type"), **settings)


def make_model(name: str, attention: str | None = None) -> PreTrainedModel:
    """Return a random model of the text part; the same weights each time."""
    torch.manual_seed(1)
    config = text_config(make_config(name))
    return AutoModelForCausalLM.from_config(config, attn_implementation=attention).eval()


@cache
def find_verdict(name: str) -> dict[str, Any]:
    """Return what `check_base` finds of an architecture."""
    return measure_all(make_config(name))


def show_cell(tried: Mapping[str, float | str]) -> str:
    """Return how a subject is computed, in a word."""
    way = next((name for name, found in tried.items() if is_exact(found)), None)
    if way is None:
        return "-"
    return "=" if way == next(iter(tried)) else SHORT[way]


def draw_table() -> str:
    """Return a Markdown table: a line an architecture, a column a subject."""
    lines = [
        "| architecture | " + " | ".join(SUBJECTS) + " |",
        "| --- " * (len(SUBJECTS) + 1) + "|",
    ]
    for name in NAMES:
        tried = find_verdict(name)["tried"]
        cells = [name, *(show_cell(tried[subject]) for subject in SUBJECTS)]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    from datetime import date

    import transformers

    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--page", type=Path, help="a Markdown file whose section is written")
    page = options.parse_args().page
    table = draw_table()
    print(table)
    if page:
        words = INTRODUCTION.format(date=date.today(), version=transformers.__version__)
        write_section(page, TITLE, f"{words}\n\n{table}")
