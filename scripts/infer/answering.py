"""What answers a benchmark's prompts: the fastest exact way, and which rows go together."""

from typing import cast

from transformers import PreTrainedModel, PreTrainedTokenizerBase

from scripts.infer.answerer import Answerer
from scripts.infer.decoding import SLOTS, Decoding
from scripts.infer.ending import Ending
from scripts.infer.inference import Inference
from scripts.infer.load import Loader, load_model
from scripts.infer.probe_answers import measure_generation
from scripts.infer.vllm_engine import VllmAnswerer, VllmModel, load_vllm
from scripts.infer.ways import GENERATE, choose_way

# A group has so many batches: rows that end are replaced within it, and it is kept whole.
GROUP = 4
# Rows of every pass where nothing may depend on the batch: fewer would leave processors idle.
TILE = 16
LOADERS = {"transformers": load_model, "vllm": cast(Loader, load_vllm)}


def make_answerer(
    inference: Inference, model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, ending: Ending
) -> Answerer:
    """Return what answers a benchmark's prompts, in the fastest exact way.

    `model` is transformers', or a `VllmModel`, which has of one what it is asked for.
    """
    if isinstance(model, VllmModel):
        return cast(Answerer, answer_by_vllm(inference, model, tokenizer, ending))
    way = choose_way(GENERATE, measure_generation, model.config, inference, SLOTS)
    ending.stop = inference.answer.stop
    decoding = Decoding(way, inference.batch_size, TILE if inference.deterministic else 0)
    return Answerer(model, tokenizer, inference.answer, ending, inference.seed, decoding)


def answer_by_vllm(
    inference: Inference, model: VllmModel, tokenizer: PreTrainedTokenizerBase, ending: Ending
) -> VllmAnswerer:
    """Return what answers a benchmark's prompts with vLLM."""
    ending.stop = inference.answer.stop
    decoding = Decoding(slots=inference.batch_size)
    return VllmAnswerer(model, tokenizer, inference.answer, ending, inference.seed, decoding)


def make_groups(lengths: list[int], inference: Inference) -> list[list[int]]:
    """Return row numbers, the longest prompts first, in groups that are kept once answered.

    Within a group a row that ends is replaced; a process that is killed loses no more than one.
    """
    size = GROUP * inference.batch_size
    order = sorted(range(len(lengths)), key=lambda row: -lengths[row])
    return [order[start : start + size] for start in range(0, len(order), size)]
