"""Records in English by the model itself, which then answers these (`translate_then_answer`).

As x-LLM's ``transcot`` does (NJUNLP/x-LLM, inference.py): the input is translated line by line,
each distinct line once, an option (``A. …``) behind its letter. A wording of prompts/tasks.yaml
that asks in the record's language becomes the English one; a record without an input is asked by
its instruction, which is translated. Of questions with choices these are translated too, by the
same lines.
"""

import re
from collections.abc import Iterator
from typing import Any

from transformers import PreTrainedModel, PreTrainedTokenizerBase

from scripts.common.command import log
from scripts.infer.inference import Inference
from scripts.infer.load import model_window
from scripts.infer.prompts import encode_prompts
from scripts.infer.steps import write_first
from scripts.study.prompts import PromptFormat, load_prompts

Record = dict[str, Any]
OPTION = re.compile(r"[A-Z]\. ")
LONGEST = 512  # tokens of a translation, as x-LLM's


def translate_records(
    inference: Inference,
    records: list[Record],
    form: PromptFormat,
    loaded: tuple[PreTrainedModel, PreTrainedTokenizerBase],
) -> list[Record]:
    """Return the records as they are asked: in English, if the benchmark is answered so.

    Each has as `translated` what was put in the place of its own fields, and `cut` tells whether a
    line of it lost its beginning before it was translated.
    """
    if not inference.answer.translate_then_answer:
        return records
    lines = list(dict.fromkeys(line for record in records for line in list_lines(record)))
    model, tokenizer = loaded
    window = model_window(model)
    limit = min(LONGEST, window // 4)
    request = inference.options["request"]
    asked = [{"id": line, "instruction": request, "input": line} for line in lines]
    prompts = encode_prompts(asked, form, tokenizer, window - limit)
    found = write_first(inference, "translation", (prompts.ids, lines), loaded, form, limit)
    texts = [" ".join(text.split()) for text in found]
    empty = sum(not text for text in texts)
    log.info("%d lines translated, %d of them to nothing: these stay", len(lines), empty)
    known = {line: text or line for line, text in zip(lines, texts, strict=True)}
    cut = {*prompts.cut}
    return [
        {**translate_record(one, known), "cut": not cut.isdisjoint(list_lines(one))}
        for one in records
    ]


def translate_record(record: Record, known: dict[str, str]) -> Record:
    """Return a record with its fields in English, these beside it as `translated`."""
    field = asked_field(record)
    lines = record[field].split("\n")
    found: Record = {field: "\n".join(known_line(line, known) for line in lines)}
    if field == "input":
        found["instruction"] = english_wording(record["instruction"])
    if "choices" in record:
        found["choices"] = [known_line(choice, known) for choice in record["choices"]]
    changed = {key: value for key, value in found.items() if value != record[key]}
    return {**record, **found, "translated": changed}


def known_line(line: str, known: dict[str, str]) -> str:
    """Return a line in English, its letter kept; one that has no translation as it is."""
    option = OPTION.match(line)
    head = option[0] if option else ""
    text = line.removeprefix(head)
    return head + known.get(text, text)


def list_lines(record: Record) -> Iterator[str]:
    """Yield what is translated of a record: lines with letters, choices of its question."""
    lines = record[asked_field(record)].split("\n")
    # Choices of a dictionary's entry are explanations in English.
    choices = record.get("choices", []) if "context" in record else []
    for line in (*lines, *choices):
        option = OPTION.match(line)
        text = line[len(option[0]) :] if option else line
        if any(character.isalpha() for character in text):
            yield text


def asked_field(record: Record) -> str:
    """Return the field with the question."""
    return "input" if record["input"] else "instruction"


def english_wording(text: str) -> str:
    """Return the English form of a wording of prompts/; another text as it is."""
    for wording in load_prompts("tasks").values():
        if isinstance(wording, dict) and text in wording.values():
            return str(wording["en"])
    return text
