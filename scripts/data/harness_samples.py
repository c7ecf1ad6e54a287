"""Samples of lm-evaluation-harness as records: what it asked, what a model answered, what counts.

The harness writes a file of samples for each task that it ran (``--log_samples``), a sample a
question and filter of the answers, and one of results with versions and numbers of examples.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.common.errors import InputError, nearest
from scripts.common.files import read_json, read_jsonl

Record = dict[str, Any]
# A field of a published record tells something of it from this length on: "science" tells nothing.
TELLING = 25


@dataclass(frozen=True)
class Samples:
    """The samples of each task, and the results that the harness wrote beside them."""

    tasks: dict[str, list[Record]]
    results: Record

    def facts(self, task: str) -> Record:
        """Return what the scores of a task depend on, beside the model."""
        return {
            "lm-eval": self.results["lm_eval_version"],
            "version": self.results["versions"].get(task),
            "shots": self.results["n-shot"].get(task),
        }


def read_samples(folder: Path) -> Samples:
    """Return what one run of the harness has written somewhere below a folder."""
    (results,) = folder.rglob("results_*.json")
    tasks = {}
    for path in sorted(folder.rglob("samples_*.jsonl")):
        name = path.stem.removeprefix("samples_").rpartition("_")[0]  # behind it is the date
        tasks[name] = read_jsonl(path)
    return Samples(tasks, read_json(results, "results of lm-evaluation-harness"))


def question_records(samples: Samples) -> list[Record]:
    """Return each question once: what is asked and what is right, without an answer."""
    return [
        describe_question(task, sample, len(samples.tasks) > 1)
        for task in samples.tasks
        for sample in pick_filter(task, samples.tasks[task], None)
    ]


def answer_records(samples: Samples, wanted: str | None) -> dict[tuple[str, int], Record]:
    """Return the answer to each question, by task and number.

    Args:
        samples: of one run.
        wanted: the filter of the answers that counts; None: each task's first.
    """
    return {
        (task, sample["doc_id"]): {
            **describe_answer(sample),
            "harness": samples.facts(task) | {"filter": sample["filter"]},
            "digest": sample["doc_hash"],
        }
        for task, lines in samples.tasks.items()
        for sample in pick_filter(task, lines, wanted)
    }


def pick_filter(task: str, samples: list[Record], wanted: str | None) -> list[Record]:
    """Return the samples of one filter, in the order of the questions."""
    filters = list(dict.fromkeys(sample["filter"] for sample in samples))
    chosen = wanted or filters[0]
    if chosen not in filters:
        raise InputError(f"{task}: no filter {chosen!r}{nearest(chosen, filters)}")
    found = (sample for sample in samples if sample["filter"] == chosen)
    return sorted(found, key=lambda sample: sample["doc_id"])


def describe_question(task: str, sample: Record, several: bool) -> Record:
    """Return what a sample asks; of one among several tasks the task is its category."""
    asked, choices = read_requests(sample)
    number = f"{sample['doc_id']:08}"
    record = {
        "id": f"{task}:{number}" if several else number,
        "task": "harness",
        "instruction": "",
        "input": asked,
        "output": str(sample["target"]),
        "of": task,
        "number": sample["doc_id"],
        "digest": sample["doc_hash"],
        "texts": list(dict.fromkeys(find_texts(sample["doc"]))),
        "metrics": sample["metrics"],
    }
    if choices:
        place = right_choice(sample["target"], choices)
        known = {} if place is None else {"answer": place, "output": choices[place]}
        record |= {"choices": choices, **known}
    return record | ({"category": task} if several else {})


def right_choice(target: Any, choices: list[str]) -> int | None:
    """Return the number of the right choice; None where a target is none."""
    text = str(target)
    if text.isdecimal() and int(text) < len(choices):
        return int(text)
    return choices.index(text) if text in choices else None


def read_requests(sample: Record) -> tuple[str, list[str]]:
    """Return the beginning of a sample's requests, and of a choice among several each one's end.

    Where each choice has a beginning of its own, and all ends are alike, those are the choices.
    """
    requests = [tuple(one.values()) for one in sample["arguments"].values()]
    begin = str(requests[0][0])
    ends = [end for start, end, *_ in (one for one in requests if len(one) > 1) if start == begin]
    if not ends or not all(isinstance(end, str) for end in ends):
        return begin, []
    if len(ends) == 1 and len(requests) > 1:
        return "", [str(start) for start, *_ in requests]
    return begin, ends if len(ends) > 1 else []


def describe_answer(sample: Record) -> Record:
    """Return what a model answered, and what the task's metrics say of it, a number each.

    Of choices the prediction is the number of the likeliest, and `scores` their log-likelihoods in
    nats; of a text the text.
    """
    values = {name: sample[name] for name in sample["metrics"] if name in sample}
    numbers = {
        name: float(value) for name, value in values.items() if isinstance(value, int | float)
    }
    found = sample["filtered_resps"]
    if len(found) > 1 and all(isinstance(one, list) for one in found):
        scores = [float(one[0]) for one in found][: len(read_requests(sample)[1]) or None]
        answered: Record = {"prediction": scores.index(max(scores)), "scores": scores}
    else:
        answered = {"prediction": str(found[0])}
    return answered | {"values": numbers}


def find_texts(value: Any) -> Iterator[str]:
    """Yield the texts of a published record that tell something of it."""
    if isinstance(value, str) and len(value) >= TELLING:
        yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from find_texts(item)
