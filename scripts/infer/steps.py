"""What a model writes before it answers: translations of the record, and its reasoning.

Each step has a journal of its own beside the predictions, so that a process that was killed
continues where it stopped, and the answers are those of a process that was not.
"""

from dataclasses import replace
from typing import Any

from transformers import PreTrainedModel, PreTrainedTokenizerBase

from scripts.common.files import exclusive
from scripts.common.provenance import fingerprint
from scripts.infer.answering import make_answerer, make_groups
from scripts.infer.decoding import Done
from scripts.infer.ending import Ending
from scripts.infer.inference import Inference
from scripts.infer.resume import fingerprint_inputs, partial_path, predict_batches
from scripts.study.prompts import PromptFormat


def write_first(
    inference: Inference,
    step: str,
    asked: tuple[list[list[int]], list[str]],
    loaded: tuple[PreTrainedModel, PreTrainedTokenizerBase],
    form: PromptFormat,
    limit: int,
) -> list[str]:
    """Return what the model writes after each prompt, as text.

    Args:
        inference: what is asked; tokens are drawn, or not, as its answers are.
        step: its name, that of the journal.
        asked: prompts as ids, and a name of each, from which what is drawn comes.
        loaded: the model and its tokenizer.
        form: of the prompts.
        limit: tokens that are written at most.
    """
    model, tokenizer = loaded
    prompts, names = asked
    plain = replace(inference, answer=replace(inference.answer, labels=(), stop=()))
    end = form.end.replace("{eos}", tokenizer.eos_token)
    answerer = make_answerer(plain, model, tokenizer, Ending(tokenizer, end, limit))

    def predict(rows: list[int], done: Done) -> list[dict[str, Any]]:
        """Write some of them."""
        some = [prompts[row] for row in rows], [f"{step} {names[row]}" for row in rows]
        return [{"text": answerer.ending.read(ids)} for ids in answerer(*some, done)]

    settings = dict(inference.options) | inference.settings(model, str(model.device))
    settings |= {"step": step, "prompts": fingerprint({"ids": prompts}), "limit": limit}
    mark = fingerprint_inputs(inference.model, inference.benchmark, settings)
    place = inference.output.with_name(f"{inference.output.stem}.{step}.jsonl")
    groups = make_groups([len(ids) for ids in prompts], inference)
    with exclusive(partial_path(place).with_suffix(".lock")):
        found = predict_batches(place, mark, groups, predict, step)
    return [str(result["text"]) for result in found.results]


def drop_journals(inference: Inference) -> None:
    """Delete the steps' journals, once the predictions are written."""
    output = inference.output
    for path in output.parent.glob(f".{output.stem}.*.partial.jsonl"):
        path.unlink()
