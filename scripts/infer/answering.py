"""What answers a benchmark's prompts: the fastest exact way, and which rows go together."""

from transformers import PreTrainedModel, PreTrainedTokenizerBase

from scripts.infer.answerer import Answerer
from scripts.infer.decoding import SLOTS, Decoding
from scripts.infer.ending import Ending
from scripts.infer.inference import Inference
from scripts.infer.probe_answers import measure_generation
from scripts.infer.ways import GENERATE, choose_way

# A group has so many batches: rows that end are replaced within it, and it is kept whole.
GROUP = 4
# Rows of every pass where nothing may depend on the batch: fewer would leave processors idle.
TILE = 16


def make_answerer(
    inference: Inference, model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, ending: Ending
) -> Answerer:
    """Return what answers a benchmark's prompts, in the fastest exact way."""
    way = choose_way(GENERATE, measure_generation, model.config, inference, SLOTS)
    ending.stop = inference.answer.stop
    decoding = Decoding(way, inference.batch_size, TILE if inference.deterministic else 0)
    return Answerer(model, tokenizer, inference.answer, ending, inference.seed, decoding)


def make_groups(lengths: list[int], inference: Inference) -> list[list[int]]:
    """Return row numbers, the longest prompts first, in groups that are kept once answered.

    Within a group a row that ends is replaced; a process that is killed loses no more than one.
    """
    size = GROUP * inference.batch_size
    order = sorted(range(len(lengths)), key=lambda row: -lengths[row])
    return [order[start : start + size] for start in range(0, len(order), size)]
