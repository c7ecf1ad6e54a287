"""A stand-in for the module `vllm`: it answers by rule, and writes down what it was asked.

It has what scripts/infer/vllm_engine.py calls, by vLLM's own names (0.30), and none of its work.
"""

import json
import os
from dataclasses import asdict, dataclass, field
from types import SimpleNamespace

from vllm.sampling_params import StructuredOutputsParams

__version__ = "0.30.0"


@dataclass
class SamplingParams:
    """Parameters of an answer, with vLLM's defaults of those that are given."""

    temperature: float = 1.0
    top_p: float = 1.0
    top_k: int = 0
    seed: int | None = None
    max_tokens: int | None = 16
    stop: list[str] = field(default_factory=list)
    stop_token_ids: list[int] = field(default_factory=list)
    skip_special_tokens: bool = True
    structured_outputs: StructuredOutputsParams | None = None


class LLM:
    """Answers a prompt with its own last ids, then the id that stops it."""

    def __init__(self, *, model, **options):
        note({"model": model, **options})

    def generate(self, prompts, sampling_params, *, use_tqdm):
        """Return an output a prompt, in their order."""
        note({"prompts": prompts, "sampling": [asdict(one) for one in sampling_params]})
        return [
            SimpleNamespace(outputs=[SimpleNamespace(token_ids=answer(prompt, one))])
            for prompt, one in zip(prompts, sampling_params, strict=True)
        ]


def answer(prompt, sampling):
    """Return the ids of an answer."""
    room = sampling.max_tokens - 1
    return [*prompt["prompt_token_ids"][-6:][:room], sampling.stop_token_ids[0]]


def note(line):
    """Write down what was asked."""
    with open(os.environ["STAND_IN_CALLS"], "a", encoding="utf-8") as stream:
        stream.write(json.dumps(line) + "\n")
