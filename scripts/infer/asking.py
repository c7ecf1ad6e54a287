"""What a model is asked: the prompts of records, and behind them its own reasoning.

With `reasoning` the model first writes up to so many tokens after each prompt. What it wrote, and a
cue (prompts/tasks.yaml), stand before the answer proper, however that is given: generated, held to
labels, or ranked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from transformers import PreTrainedModel, PreTrainedTokenizerBase

from scripts.common.errors import InputError
from scripts.infer.exemplars import NONE, Exemplars
from scripts.infer.inference import Inference
from scripts.infer.load import model_window
from scripts.infer.prompts import Prompts, encode_prompts
from scripts.infer.record_text import record_tokenizer
from scripts.infer.steps import write_first
from scripts.study.prompts import PromptFormat


def ask_records(
    inference: Inference,
    records: list[dict[str, Any]],
    form: PromptFormat,
    loaded: tuple[PreTrainedModel, PreTrainedTokenizerBase],
    rooms: Sequence[int],
    exemplars: Exemplars = NONE,
    written: Mapping[str, str] | None = None,
) -> Prompts:
    """Return the records' prompts, the model's reasoning among their ids.

    Args:
        inference: what is asked, and how.
        records: as they are asked.
        form: of the prompts.
        loaded: the model and its tokenizer.
        rooms: ids that each prompt may have.
        exemplars: examples before each record.
        written: the reasoning by record's id, where it was written before.

    Raises:
        InputError: if reasoning leaves no room.
    """
    model, tokenizer = loaded
    limit = inference.answer.reasoning
    if not limit:
        return encode_prompts(records, form, tokenizer, rooms, exemplars)
    reader = record_tokenizer(tokenizer)
    cue = f"\n{inference.options['cue']}"
    # Text is not cut where tokens are: read and written again, reasoning may have a few more.
    left = [room - limit - spare(cue) for room in rooms]
    if min(left) < 1:
        raise InputError(
            f"answer.reasoning: {limit} tokens and its cue leave no room for a prompt in the "
            f"model's window of {model_window(model)}"
        )
    asked = encode_prompts(records, form, tokenizer, left, exemplars)
    names = [str(record["id"]) for record in records]
    if written is None:
        texts = write_first(inference, "reasoning", (asked.ids, names), loaded, form, limit)
    else:
        texts = [written[name] for name in names]
    behind = reader.encode([text + cue for text in texts])
    (ending,) = reader.encode([cue])
    whole = [
        prompt + fit(ids, ending, room - len(prompt))
        for prompt, ids, room in zip(asked.ids, behind, rooms, strict=True)
    ]
    told = [one | {"reasoning": text} for one, text in zip(asked.told, texts, strict=True)]
    return replace(asked, ids=whole, told=told)


def fit(ids: list[int], ending: list[int], room: int) -> list[int]:
    """Return reasoning and cue as at most `room` ids: what goes is the reasoning's end."""
    return ids if len(ids) <= room else [*ids[: room - len(ending)], *ending]


def spare(cue: str) -> int:
    """Return how many tokens a cue has at most: one a byte."""
    return len(cue.encode())
