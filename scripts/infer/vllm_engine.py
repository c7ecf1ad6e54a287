"""vLLM as the engine that generates: our prompts as ids, our ends, draws seeded by record.

It runs on GPUs, in an environment of its own (envs/vllm.in), and decides itself what it computes
together, so that no answer is promised to be the same in another batch.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import Any

import torch
from transformers import PretrainedConfig, PreTrainedTokenizerBase

from scripts.common.errors import InputError
from scripts.infer.answerer import no_one
from scripts.infer.decoding import Decoding, Done
from scripts.infer.ending import Ending
from scripts.infer.load import open_folder, pick_dtype
from scripts.infer.record_text import record_tokenizer
from scripts.study.answer import Answer


@dataclass
class VllmModel:
    """A model's folder as vLLM computes it; `config` and `dtype` are what a loaded model has."""

    folder: Path
    config: PretrainedConfig
    dtype: torch.dtype
    rows: int = 0
    device: str = "cuda"

    def start(self, rows: int) -> Any:
        """Return vLLM with the weights loaded, once; it decodes `rows` records together."""
        if not self.rows:
            self.rows = rows
        return self.llm

    @cached_property
    def llm(self) -> Any:
        """vLLM with the model."""
        return import_vllm().LLM(
            model=str(self.folder),
            dtype=str(self.dtype).removeprefix("torch."),
            seed=0,  # of nothing: a record that is drawn has a seed of its own
            tensor_parallel_size=1,
            max_num_seqs=self.rows,
            trust_remote_code=False,
            generation_config="vllm",  # not the folder's, which may end and draw answers otherwise
            disable_log_stats=True,
        )


def load_vllm(folder: Path, dtype: str = "auto") -> tuple[VllmModel, PreTrainedTokenizerBase, str]:
    """Return the model, its tokenizer and its device; the weights are loaded by the first answer.

    Raises:
        InputError: if the folder is no model's, there is no GPU, or vLLM is not installed.
    """
    config, tokenizer = open_folder(folder)
    if not torch.cuda.is_available():
        raise InputError("infer.engine: vllm: found no GPU; write `engine: transformers`")
    import_vllm()
    return VllmModel(folder, config, pick_dtype(dtype, "cuda")), tokenizer, "cuda"


def import_vllm() -> Any:
    """Return the module; `InputError` where it is not installed."""
    # Its engine in this process: one that is killed leaves no other that holds the GPU.
    os.environ.setdefault("VLLM_ENABLE_V1_MULTIPROCESSING", "0")
    try:
        return import_module("vllm")
    except ImportError as error:
        raise InputError(
            f"infer.engine: vllm: not installed in this Python ({error}); envs/vllm.txt is its lock"
        ) from None


@dataclass
class VllmAnswerer:
    """Answers prompts with vLLM, as `scripts.infer.answerer.Answerer` does with transformers.

    Attributes:
        decoding: how many rows at a time; `way` and `tile` mean nothing to vLLM.
    """

    model: VllmModel
    tokenizer: PreTrainedTokenizerBase
    answer: Answer
    ending: Ending
    seed: int
    decoding: Decoding = field(default_factory=Decoding)
    meant: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __call__(
        self, prompts: list[list[int]], ids: Sequence[str], done: Done = no_one
    ) -> list[list[int]]:
        """Return the ids that answer each prompt, the closing ones included."""
        llm, answers = self.model.start(self.decoding.slots), []
        # vLLM has as many rows as it began with; fewer are asked by handing it fewer.
        whole = self.decoding.slots == self.model.rows
        size = len(prompts) if whole else self.decoding.slots
        for start in range(0, len(prompts), size):
            places = range(start, min(start + size, len(prompts)))
            found = llm.generate(
                [{"prompt_token_ids": prompts[place]} for place in places],
                [self.sampling(ids[place]) for place in places],
                use_tqdm=False,
            )
            for place, output in zip(places, found, strict=True):
                answers.append(list(output.outputs[0].token_ids))
                done(place)
        return answers

    def sampling(self, record: str) -> Any:
        """Return vLLM's parameters of a record's answer."""
        answer, closings = self.answer, self.ending.ends
        # One id closes an answer, or a text of several.
        long = any(len(closing) > 1 for closing in closings)
        stop = [*self.ending.stop, *([self.ending.end] if long else [])]
        return import_vllm().SamplingParams(
            temperature=answer.temperature,
            top_p=answer.top_p,
            top_k=answer.top_k,
            seed=seed_of(self.seed, record) if answer.temperature else None,
            max_tokens=max(self.ending.limit, self.longest_label),
            stop=stop,
            stop_token_ids=[closing[0] for closing in closings if len(closing) == 1],
            skip_special_tokens=False,
            structured_outputs=self.labels_of(record),
        )

    def labels_of(self, record: str) -> Any:
        """Return what holds a record's answer to its labels; None without any."""
        if not self.answer.labels:
            return None
        module = import_module("vllm.sampling_params")
        labels = self.meant.get(record, self.answer.labels)
        return module.StructuredOutputsParams(choice=list(labels))

    @cached_property
    def longest_label(self) -> int:
        """The ids of the longest label, the closing one included; 0 without any."""
        if not self.answer.labels:
            return 0
        texts = record_tokenizer(self.tokenizer).encode(list(self.answer.labels))
        return 1 + max(map(len, texts))


def seed_of(seed: int, record: str) -> int:
    """Return the seed of what is drawn for a record: of the study's seed and its id alone."""
    return int.from_bytes(sha256(f"{seed} {record}".encode()).digest()[:4], "big")
