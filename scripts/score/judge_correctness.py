"""Let a judge, a language model behind an OpenAI-compatible server, say which answers are correct.

In: the predictions of a model on questions that have a text (XQuAD, MLQA). Out: judgements, JSON
lines in the predictions' order: id, category, `asked` (judge, wording, samples, …), and all
reviews: the reply's text, whether it says YES, or null and the reason why it says neither. No
reference is shown. An empty answer is wrong, and the judge is not asked.

``--script`` asks as x-LLM's ``eval/xquad.eval.py`` does. The key, replies that are kept and what
may change without asking again are as in `judge_answers`.

Example::

    python -m scripts.score.judge_correctness \\
        --predictions results/predictions/x-llama-zh/xquad_zh.jsonl --model x-llama-zh \\
        --benchmark xquad_zh --base-url http://localhost:8000/v1 --judge my-judge \\
        --output results/judgements/x-llama-zh/xquad_zh.correct.jsonl
"""

import argparse
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from scripts.common.command import make_parser, run
from scripts.common.files import write_jsonl
from scripts.common.provenance import Stopwatch, write_meta
from scripts.score.judging.asking import Request
from scripts.score.judging.cases import Case, read_answers
from scripts.score.judging.parsing import parse_answer
from scripts.score.judging.replies import Reply
from scripts.score.judging.script_wordings import script_question
from scripts.score.judging.session import (
    add_asking,
    ask,
    describe_settings,
    read_access,
    warn_of_failures,
)
from scripts.score.judging.wordings import Wording, own_question

Record = dict[str, Any]
ONE = "model"  # whose answer is judged, as of two that are compared


def parser() -> argparse.ArgumentParser:
    """Return the command line of this script."""
    options = make_parser("score.judge_correctness", __doc__)
    add = options.add_argument
    add("--predictions", type=Path, required=True, help="JSON lines")
    add("--model", required=True, help="the model's name")
    add("--wording", default="brief", help="of prompts/judge_correct.yaml (brief)")
    add("--script", type=Path, help="x-LLM's xquad.eval.py, whose wording is asked")
    add("--output", type=Path, required=True, help="judgements, JSON lines")
    add_asking(options)
    return options


def main(arguments: argparse.Namespace) -> None:
    """Ask what is missing and write all judgements; see the module's docstring."""
    watch = Stopwatch()
    access, wording = read_access(arguments), read_wording(arguments)
    answers = list(read_answers(arguments.predictions).values())
    requests = list(plan_questions(answers, wording, arguments.judge, arguments.samples))
    label = f"{arguments.benchmark}, answers of {arguments.model}"
    replies = ask(requests, arguments.output, access, arguments.judge, label)
    of_answer: dict[str, list[Request]] = {record["id"]: [] for record in answers}
    for request in requests:
        of_answer[request.case.id].append(request)
    asked = {
        "judge": arguments.judge,
        "wording": wording.name,
        "temperature": wording.temperature,
        "max_tokens": wording.max_tokens,
        "samples": arguments.samples,
    }
    judged = [
        {
            "id": record["id"],
            "category": record.get("category") or "",
            "asked": asked,
            "reviews": [read_review(one, replies[one.key]) for one in of_answer[record["id"]]],
        }
        for record in answers
    ]
    write_jsonl(arguments.output, judged)
    warn_of_failures(judged, len(requests), arguments.judge, arguments.output)
    settings = describe_settings(arguments, replies, access)
    write_meta(arguments.output, settings, [arguments.predictions], watch.seconds)


def read_wording(arguments: argparse.Namespace) -> Wording:
    """Return what the judge is asked."""
    found = (
        script_question(arguments.script) if arguments.script else own_question(arguments.wording)
    )
    given = {"temperature": arguments.temperature, "max_tokens": arguments.max_tokens}
    changes: dict[str, Any] = {key: value for key, value in given.items() if value is not None}
    return replace(found, **changes)


def plan_questions(
    answers: list[Record], wording: Wording, judge: str, samples: int
) -> Iterator[Request]:
    """Yield a request for each sample of each answer that is not empty."""
    for record in answers:
        answer = record["prediction"]
        if not answer.strip():
            continue
        # x-LLM shows the input alone: the text, and behind it the question.
        context = record.get("input") or record["instruction"]
        body = {
            "model": judge,
            "messages": wording.fill({"context": context, "answer": answer}),
            "temperature": wording.temperature,
            "max_tokens": wording.max_tokens,
        }
        case = Case(record["id"], record.get("category") or "", context, answer, "")
        for sample in range(samples):
            yield Request(case, ONE, sample, wording, body)


def read_review(request: Request, reply: Reply) -> Record:
    """Return one review; `correct` is None where the reply does not say."""
    if "refused" in reply:
        found = {"text": reply["refused"], "correct": None, "reason": "refused"}
    else:
        correct, reason = parse_answer(reply["text"])
        found = {"text": reply["text"], "correct": correct, "reason": reason}
    return {"sample": request.sample, **found}


if __name__ == "__main__":
    run(main, parser())
