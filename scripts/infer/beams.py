"""Beam search, by transformers."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from transformers import (
    GenerationConfig,
    LogitsProcessor,
    LogitsProcessorList,
    PreTrainedModel,
    StoppingCriteria,
    StoppingCriteriaList,
)

from scripts.infer.ending import Ending, has_ended
from scripts.infer.finite import check_finite
from scripts.infer.padding import pad_left


def search_beams(
    model: PreTrainedModel,
    prompts: list[list[int]],
    beams: int,
    ending: Ending,
    rows: int,
    done: Callable[[int], None],
) -> list[list[int]]:
    """Return the ids of the best beam of each prompt, the closing ones included.

    At most `rows` beams are computed together, or those of one prompt; `done` is told each prompt.
    """
    pad = ending.tokenizer.eos_token_id
    settings = GenerationConfig(
        num_beams=beams, do_sample=False, max_new_tokens=ending.limit, eos_token_id=pad,
        pad_token_id=pad,
    )  # fmt: skip
    answers: list[list[int]] = []
    generate: Any = model.generate
    size = max(1, rows // beams)
    for start in range(0, len(prompts), size):
        batch = prompts[start : start + size]
        ids, mask = pad_left(batch, pad, model.device)
        criteria = StoppingCriteriaList([Ended(ending, ids.shape[1])])
        checks = LogitsProcessorList([Checked()])
        with plain_settings(model):
            found = generate(
                ids, attention_mask=mask, generation_config=settings, stopping_criteria=criteria,
                logits_processor=checks,
            )  # fmt: skip
        answers += [cut(row, ending) for row in found[:, ids.shape[1] :].tolist()]
        for place in range(start, start + len(batch)):
            done(place)
    return answers


@contextmanager
def plain_settings(model: PreTrainedModel) -> Iterator[None]:
    """Keep what a model's folder says of generation out, as a penalty on what repeats.

    transformers takes from there what nobody sets, and no other way of answering does.
    """
    own, model.generation_config = model.generation_config, GenerationConfig()
    try:
        yield
    finally:
        model.generation_config = own


class Checked(LogitsProcessor):
    """Refuses logits which are no numbers."""

    def __call__(self, input_ids: Any, scores: Any) -> Any:
        """Return the logarithms of probabilities as they are."""
        check_finite(scores.amax(-1))
        return scores


class Ended(StoppingCriteria):
    """Ends rows as `Ending` does, and all of them where answers are interrupted.

    transformers' own texts to stop at must be made of whole tokens, which letters of many
    languages are not.
    """

    def __init__(self, ending: Ending, prompt: int) -> None:
        self.ending, self.prompt = ending, prompt

    def __call__(self, input_ids: Any, scores: Any, **kwargs: Any) -> Any:
        """Return of each row of ids whether it ends; its first `prompt` ids are the prompt's."""
        stopped = self.ending.interrupted()
        rows = input_ids[:, self.prompt :].tolist()
        ended = [stopped or is_complete(row, self.ending) for row in rows]
        return torch.tensor(ended, device=input_ids.device)


def is_complete(ids: list[int], ending: Ending) -> bool:
    """Tell whether an answer ends here, whatever it may be as long as."""
    return has_ended(ids, ending.ends) or ending.stopped(ids)


def cut(ids: list[int], ending: Ending) -> list[int]:
    """Return generated ids up to where the answer ends; behind it rows are filled."""
    ends = (size for size in range(1, len(ids)) if is_complete(ids[:size], ending))
    return ids[: next(ends, len(ids))]
