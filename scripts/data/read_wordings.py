"""Read a set of wordings out of the files it is published in.

In: files by what they hold, as ``translation=translation.py``. Their form is

- ``yaml``: ``all``, a file of this repository with `translation` and `answer`
- ``python``: ``translation``, with a list ``_INSTRUCTIONS``, and ``answer``, with mappings
  ``_INSTRUCTIONS`` and ``_TEMPLATES`` by language, as x-LLM has them; nothing in them is run
- ``lines``: a direction each (``en-zh``), a request a line, as BiLLa has them

Out: JSON, see `scripts.study.wordings`.

    python -m scripts.data.read_wordings --name billa --form lines --drawn \\
        --files en-zh=en-zh.prompt zh-en=zh-en.prompt --output results/wordings/billa.json
"""

import argparse
import ast
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from scripts.common.command import log, make_parser, run
from scripts.common.errors import InputError, read_by
from scripts.common.files import parse_json, write_json
from scripts.common.texts import decode_text
from scripts.study.wordings import ANY, PLACE, Wordings
from scripts.study.yaml_file import parse_yaml

Files = Mapping[str, Path]
RENAMED = {"source_lang": "source", "target_lang": "target"}  # x-LLM's places


def main(arguments: argparse.Namespace) -> None:
    """Read, check and write the wordings."""
    files = dict(part.split("=", 1) for part in arguments.files)
    found: dict[str, Any] = {
        "name": arguments.name,
        "drawn": arguments.drawn,
        "names": parse_json(arguments.names, "--names", "names of languages by code"),
        **FORMS[arguments.form]({role: Path(path) for role, path in files.items()}),
    }
    check(found, ", ".join(files.values()))
    write_json(arguments.output, found)
    count = sum(map(len, found["translation"].values()))
    log.info("%s: %d requests, questions in %d languages", arguments.name, count,
             len(found["answer"]))  # fmt: skip


def read_own(files: Files) -> dict[str, Any]:
    """Return the wordings of a file of this repository."""
    found = read_by(lambda: parse_yaml(text_of(files["all"])), files["all"], "YAML")
    return {"translation": {ANY: found["translation"]}, "answer": found["answer"]}


def read_python(files: Files) -> dict[str, Any]:
    """Return the wordings of x-LLM's loaders."""
    requests = find_constant(files["translation"], "_INSTRUCTIONS")
    asked = find_constant(files["answer"], "_INSTRUCTIONS")
    templates = find_constant(files["answer"], "_TEMPLATES")
    return {
        "translation": {ANY: [rename(request) for request in requests]},
        "answer": {
            code: {"instruction": instruction, "input": templates[code]}
            for code, instruction in asked.items()
        },
    }


def rename(wording: str) -> str:
    """Return a request with this project's names of its places."""
    return PLACE.sub(lambda match: "{" + RENAMED.get(match[1], match[1]) + "}", wording)


def find_constant(path: Path, name: str) -> Any:
    """Return the literal that a Python file assigns to a name at its top level; nothing is run."""
    tree = read_by(lambda: ast.parse(text_of(path)), path, "Python")
    for node in tree.body:
        if isinstance(node, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id == name for target in node.targets
        ):
            return read_by(partial(ast.literal_eval, node.value), path, f"a literal as {name}")
    raise InputError(f"{path}: found no {name}, expected a list or mapping of wordings")


def read_lines(files: Files) -> dict[str, Any]:
    """Return the requests of BiLLa's files."""
    return {
        "translation": {
            way: [line.strip() for line in text_of(path).split("\n") if line.strip()]
            for way, path in files.items()
        },
        "answer": {},
    }


def text_of(path: Path) -> str:
    """Return a file's text; `InputError` where it is no UTF-8."""
    return decode_text(path.read_bytes(), str(path), "UTF-8")


def check(found: dict[str, Any], place: str) -> None:
    """Raise `InputError` where something in it is no text."""
    texts = [*found["translation"].values()]
    texts += [list(wording.values()) for wording in found["answer"].values()]
    if not all(isinstance(group, list) and group for group in texts) or not all(
        isinstance(text, str) and text.strip() for group in texts for text in group
    ):
        raise InputError(f"{place}: expected lists of texts, found something else")
    Wordings.build(found)


FORMS = {"yaml": read_own, "python": read_python, "lines": read_lines}


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    options = make_parser("data.read_wordings", __doc__)
    options.add_argument("--name", required=True, help="of the set, as a study names it")
    options.add_argument("--form", required=True, choices=FORMS)
    options.add_argument("--files", required=True, nargs="+", help="what each holds, and its path")
    options.add_argument("--drawn", action="store_true", help="one is drawn each time")
    options.add_argument("--names", default="{}", help="languages' names by code, JSON")
    options.add_argument("--output", required=True, type=Path, help="JSON to write")
    return options


if __name__ == "__main__":
    run(main, parser())
