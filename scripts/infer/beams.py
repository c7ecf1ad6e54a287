"""Beam search, by transformers."""

from collections.abc import Callable
from typing import Any

import torch
from transformers import (
    GenerationConfig,
    PreTrainedModel,
    PreTrainedTokenizerBase,
    StoppingCriteria,
    StoppingCriteriaList,
)

from scripts.infer.ending import Ending
from scripts.infer.padding import pad_left


def search_beams(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    prompts: list[list[int]],
    beams: int,
    ending: Ending,
    rows: int,
    done: Callable[[int], None],
) -> list[list[int]]:
    """Return the ids of the best beam of each prompt, the closing ones included.

    At most `rows` beams are computed together, or those of one prompt; `done` is told each prompt.
    """
    single = [ids[0] for ids in ending.ends if len(ids) == 1]
    several = [tokenizer.decode(ids) for ids in ending.ends if len(ids) > 1]
    pad = tokenizer.eos_token_id
    settings = GenerationConfig(
        num_beams=beams, do_sample=False, max_new_tokens=ending.limit, eos_token_id=single,
        pad_token_id=pad, stop_strings=[*several, *ending.stop] or None,
    )  # fmt: skip
    answers: list[list[int]] = []
    generate: Any = model.generate
    criteria = StoppingCriteriaList([Interrupted(ending)])
    size = max(1, rows // beams)
    for start in range(0, len(prompts), size):
        batch = prompts[start : start + size]
        ids, mask = pad_left(batch, pad, model.device)
        found = generate(
            ids, attention_mask=mask, generation_config=settings, tokenizer=tokenizer,
            stopping_criteria=criteria,
        )  # fmt: skip
        answers += [cut(row, single) for row in found[:, ids.shape[1] :].tolist()]
        for place in range(start, start + len(batch)):
            done(place)
    return answers


class Interrupted(StoppingCriteria):
    """Ends all rows where answers are interrupted (`Ending.interrupted`)."""

    def __init__(self, ending: Ending) -> None:
        self.ending = ending

    def __call__(self, input_ids: Any, scores: Any, **kwargs: Any) -> Any:
        """Return of each row whether it ends."""
        size, device = len(input_ids), input_ids.device
        return torch.full((size,), self.ending.interrupted(), dtype=torch.bool, device=device)


def cut(ids: list[int], ends: list[int]) -> list[int]:
    """Return generated ids up to the first that ends an answer, included."""
    places = [place for place, token in enumerate(ids) if token in ends]
    return ids[: places[0] + 1] if places else ids
