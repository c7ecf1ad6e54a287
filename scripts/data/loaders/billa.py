"""BiLLa's corpora (Neutralzz/BiLLa, train_codes): folders of numbered JSON-lines files.

What a line has tells what it becomes:

- ``text``: a text
- ``en_text`` and ``zh_text``: a pair
- ``instruction``, ``input``, ``output``: an instruction record as it is
- ``input``, ``output`` and, maybe, ``type``: a task. Where the folder of prompts has some for the
  type, one of them is before the input (``<type>.pre.prompt``) or behind it
  (``<type>.post.prompt``); which one, the record's id decides, where BiLLa throws dice. The two
  make the instruction together, since a wording fits one of the places only.

The option `files` takes a slice of the numbers of the files, ``'10001:10017'``, one for all
languages or one for each: BiLLa's second stage continues in files the first has not read.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from scripts.common.errors import InputError
from scripts.data.corpora import stable_id
from scripts.data.request import Request

Prompts = dict[str, list[str]]


def load(request: Request) -> Iterator[dict]:
    """Yield the records of the folder's files in order of their numbers."""
    files = [(name, path) for name, path in request.files() if is_wanted(path, request)]
    prompts = {path.stem: read_prompts(path) for _, path in files if path.suffix == ".prompt"}
    tables = [(name, path) for name, path in files if path.suffix == ".jsonl"]
    if not tables:
        raise InputError(f"{request.place}: found no .jsonl file, expected 10001.jsonl and so on")
    for name, path in tables:
        for number, record in read_table(name, path):
            try:
                texts = convert(record, prompts, request)
            except (KeyError, TypeError, AttributeError) as error:
                raise InputError(f"{name}, line {number}: not in BiLLa's form: {error!r}") from None
            if is_empty(texts):
                request.dropped["empty"] += 1
            else:
                yield {"id": f"{path.stem}-{number:07}", **texts}


def is_wanted(path: Path, request: Request) -> bool:
    """Tell whether a file's number is in the slice that the option `files` asks for."""
    wanted = request.options.get("files", ":")
    if isinstance(wanted, dict):
        wanted = wanted[request.source]
    match = re.fullmatch(r"(\d*):(\d*)", str(wanted))
    if not match:
        raise InputError(f"{request.place}: files {wanted!r}, expected a slice as '10001:10017'")
    if not path.stem.isdecimal():
        return path.suffix == ".prompt"
    first, last = match.groups()
    return int(first or 0) <= int(path.stem) and (not last or int(path.stem) < int(last))


def read_prompts(path: Path) -> list[str]:
    """Return the wordings in a file of prompts, one a line."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line.strip() for line in lines if line.strip()]


def read_table(name: str, path: Path) -> Iterator[tuple[int, Any]]:
    """Yield line number and record of a file of JSON lines."""
    with path.open(encoding="utf-8") as stream:
        for number, line in enumerate(stream, 1):
            if line.strip():
                try:
                    yield number, json.loads(line)
                except ValueError as error:
                    raise InputError(f"{name}, line {number}: not JSON: {error}") from error


def convert(record: Any, prompts: Prompts, request: Request) -> dict[str, str]:
    """Return the texts of a record; see the module's docstring."""
    if "text" in record:
        return {"text": record["text"].strip()}
    if "en_text" in record:
        sides = {"source": request.source, "target": request.target}
        return {side: record[f"{code}_text"].strip() for side, code in sides.items()}
    if "instruction" in record:
        return {key: record[key].strip() for key in ("instruction", "input", "output")}
    return word_task(record, prompts)


def word_task(record: dict[str, Any], prompts: Prompts) -> dict[str, str]:
    """Return a task as an instruction record, worded by one of its type's prompts."""
    text, output = record["input"].rstrip(), record["output"].rstrip()
    dice = int(stable_id(record.get("id") or text), 16)
    position = ("pre", "post")[dice % 2]
    wordings = prompts.get(f"{record.get('type', '')}.{position}")
    if not wordings:
        return {"instruction": text, "input": "", "output": output}
    prompt = wordings[dice // 2 % len(wordings)]
    parts = (prompt, text) if position == "pre" else (text, prompt)
    return {"instruction": "\n".join(parts), "input": "", "output": output}


def is_empty(texts: dict[str, str]) -> bool:
    """Tell whether there is nothing to learn: no answer, no question, or one side only."""
    asked = texts.get("instruction", "") + texts.get("input", "")
    needed = [text for key, text in texts.items() if key not in ("instruction", "input")]
    return not all(needed) or ("output" in texts and not asked)
