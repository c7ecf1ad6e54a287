"""BiLLa's corpora (Neutralzz/BiLLa, train_codes): folders of numbered JSON-lines files.

What a line has tells what it becomes:

- ``text``: a text
- ``en_text`` and ``zh_text``: a pair
- ``instruction``, ``input``, ``output``: an instruction record as it is
- ``input``, ``output`` and, maybe, ``type``: a worded record. What the folder of prompts has for
  its type is put before the input (``<type>.pre.prompt``) or behind it (``<type>.post.prompt``),
  one of them each time it is read (`scripts.pack.wording`).

The option `files` takes a slice of the numbers of the files, ``'10001:10017'``, one for all
languages or one for each: BiLLa's second stage continues in files the first has not read.
"""

import re
from collections.abc import Iterator
from functools import cache, partial
from pathlib import PurePosixPath
from typing import Any

from scripts.common.errors import InputError
from scripts.data.compressed import bare_name
from scripts.data.json_records import convert_each, read_json_lines, text
from scripts.data.raw_file import RawFile
from scripts.data.request import Request

EXPECTED = "BiLLa's form: text, en_text and zh_text, or input and output"
Prompts = dict[str, list[str]]


def load(request: Request) -> Iterator[dict]:
    """Yield the records of the folder's files in order of their numbers."""
    prompts = read_prompts(request)
    convert = partial(convert_line, prompts=prompts, request=request)
    values = read_json_lines(request, lambda file: is_wanted(file, request))
    for record in convert_each(request, values, EXPECTED, convert):
        if is_empty(record):
            request.dropped["empty"] += 1
        else:
            yield record
    if not request.at.file:
        raise InputError(f"{request.place}: found no .jsonl file, expected 10001.jsonl and so on")


def is_wanted(file: RawFile, request: Request) -> bool:
    """Tell whether it is a table whose number is in the slice that the option `files` asks for."""
    wanted = request.options.get("files", ":")
    if isinstance(wanted, dict):
        wanted = wanted[request.source]
    match = re.fullmatch(r"(\d*):(\d*)", str(wanted))
    if not match:
        raise InputError(f"{request.place}: files {wanted!r}, expected a slice as '10001:10017'")
    if file.bare.suffix != ".jsonl" or not file.bare.stem.isdecimal():
        return False
    first, last = match.groups()
    number = int(file.bare.stem)
    return int(first or 0) <= number and (not last or number < int(last))


def read_prompts(request: Request) -> Prompts:
    """Return the wordings in each file of prompts, one a line, by the file's name."""
    prompts = {}
    for file in request.raw_files():
        if file.bare.suffix == ".prompt":
            lines = request.decode(file.name, file.read()).split("\n")
            prompts[file.bare.stem] = [line.strip() for line in lines if line.strip()]
    return prompts


@cache
def stem(name: str) -> str:
    """Return the number of a file by its name."""
    return PurePosixPath(bare_name(name)).stem


def convert_line(value: Any, number: int, prompts: Prompts, request: Request) -> dict[str, Any]:
    """Return the record of a line, numbered within its file."""
    return {"id": f"{stem(request.at.file)}-{number:07}", **convert(value, prompts, request)}


def convert(record: Any, prompts: Prompts, request: Request) -> dict[str, Any]:
    """Return the fields of a record; see the module's docstring."""
    if not isinstance(record, dict):
        raise ValueError
    if "text" in record:
        return {"text": text(record, "text").strip()}
    if "en_text" in record:
        sides = {"source": request.source, "target": request.target}
        return {side: text(record, f"{code}_text").strip() for side, code in sides.items()}
    if "instruction" in record:
        return {key: text(record, key).strip() for key in ("instruction", "input", "output")}
    return {
        "before": prompts.get(f"{record.get('type', '')}.pre", []),
        "behind": prompts.get(f"{record.get('type', '')}.post", []),
        "input": text(record, "input"),
        "output": text(record, "output").rstrip(),
    }


def is_empty(record: dict[str, Any]) -> bool:
    """Tell whether there is nothing to learn: no answer, no question, or one side only."""
    asked = f"{record.get('instruction', '')}{record.get('input', '')}".strip()
    needed = [value for key, value in record.items() if key not in ("instruction", "input")]
    texts = [value for value in needed if isinstance(value, str)]
    return not all(texts) or ("output" in record and not asked)
