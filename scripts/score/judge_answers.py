"""Let a judge, a language model behind an OpenAI-compatible server, compare two systems' answers.

In: the predictions of a model and of its baseline on an open benchmark. Out: judgements, JSON lines
in the predictions' order: id, category, lengths (characters of both answers), languages, `asked`
(judge, wording, orders, samples, …), and all reviews: whose answer came first, the reply's text,
the scores of model and baseline or null, and the reason why there are none.

Each question is asked in both orders of the two answers, `--samples` times each. With
`--language-check` an answer in another language than the question's is not asked about (x-LLM's
MI-Eval; its script hands two wrong answers to the baseline, here neither wins). A model is not
compared with itself: it ties.

The key comes from the environment variable that `--key` names, and goes nowhere but to the server.
Two files of answers that no model of the study wrote are judged alike: in this project's form, or
with ``--questions`` in FastChat's (``question_id, text``), as BiLLa's and ChatGLM's are published.

Replies are kept beside the output (`.<benchmark>.replies.jsonl`) as they come: a killed run
resumes where it stopped, and no finished review is asked again.

Example::

    python -m scripts.score.judge_answers \\
        --predictions results/predictions/x-llama-zh/vicuna_en.jsonl --model x-llama-zh \\
        --baseline results/predictions/base/vicuna_en.jsonl --baseline-name base \\
        --benchmark vicuna_en --base-url http://localhost:8000/v1 --judge my-judge \\
        --output results/judgements/x-llama-zh/vicuna_en.jsonl
"""

import argparse
from dataclasses import dataclass, fields
from pathlib import Path

from scripts.common.command import make_parser, run
from scripts.common.errors import InputError
from scripts.common.files import write_jsonl
from scripts.common.provenance import Stopwatch, write_meta
from scripts.score.judging.asking import ORDERS, Request, plan_requests
from scripts.score.judging.cases import Case, read_cases
from scripts.score.judging.judgements import judge_case
from scripts.score.judging.script_wordings import script_wordings
from scripts.score.judging.session import (
    add_asking,
    ask,
    describe_settings,
    read_access,
    warn_of_failures,
)
from scripts.score.judging.wordings import Wording, Wordings, own_wordings, published_wordings


def parser() -> argparse.ArgumentParser:
    """Return the command line of this script."""
    options = make_parser("score.judge_answers", __doc__)
    add = options.add_argument
    add("--predictions", type=Path, required=True, help="the model's, JSON lines")
    add("--baseline", type=Path, required=True, help="the baseline's predictions")
    add("--model", required=True, help="the model's name")
    add("--baseline-name", required=True, help="the baseline's name")
    add("--questions", type=Path, help="FastChat's questions, if its files of answers are given")
    add("--wording", default="brief", help="of prompts/judge.yaml (brief)")
    add("--prompts", type=Path, help="FastChat's prompt.jsonl, instead of --wording")
    add("--reviewers", type=Path, help="FastChat's reviewer.jsonl, with --prompts")
    add("--tuple", nargs="*", default=[], help="categories whose prompt asks for a tuple")
    add("--script", type=Path, help="x-LLM's mieval.eval.py, whose wording is asked")
    add("--orders", choices=ORDERS, default="both", help="of the two answers (both)")
    add("--language-check", action=argparse.BooleanOptionalAction, default=True)
    add("--output", type=Path, required=True, help="judgements, JSON lines")
    add_asking(options)
    return options


@dataclass(frozen=True)
class Comparison:
    """Which answers a judge compares and how it is asked; `samples` are replies to each order."""

    predictions: Path
    model: str
    baseline: Path
    baseline_name: str
    benchmark: str
    judge: str
    orders: str
    samples: int
    language_check: bool
    output: Path

    def is_asked(self, case: Case) -> bool:
        """Tell whether there is something to compare: two systems, both in the right language."""
        return self.model != self.baseline_name and case.is_comparable

    def describe(self, wording: Wording) -> dict[str, object]:
        """Return what a judgement depends on, for the signature of scores."""
        return {
            "model": self.model,
            "baseline": self.baseline_name,
            "judge": self.judge,
            "wording": wording.name,
            "temperature": wording.temperature,
            "max_tokens": wording.max_tokens,
            "orders": self.orders,
            "samples": self.samples,
            "language_check": self.language_check,
        }


def main(arguments: argparse.Namespace) -> None:
    """Ask what is missing and write all judgements; see the module's docstring."""
    watch = Stopwatch()
    comparison = Comparison(**{f.name: getattr(arguments, f.name) for f in fields(Comparison)})
    access = read_access(arguments)
    cases = read_cases(
        comparison.predictions,
        comparison.baseline,
        comparison.language_check,
        arguments.questions,
    )
    wordings = read_wordings(arguments)
    asked = [case for case in cases if comparison.is_asked(case)]
    requests = list(
        plan_requests(asked, wordings, comparison.judge, comparison.orders, comparison.samples)
    )
    label = f"{comparison.benchmark}, {comparison.model} against {comparison.baseline_name}"
    replies = ask(requests, comparison.output, access, comparison.judge, label)
    of_case: dict[str, list[Request]] = {case.id: [] for case in cases}
    for request in requests:
        of_case[request.case.id].append(request)
    # Nothing in a judgement depends on when, or in what order, replies came.
    judged = [
        judge_case(case, comparison.describe(wordings.of(case.category)), of_case[case.id], replies)
        for case in cases
    ]
    write_jsonl(comparison.output, judged)
    warn_of_failures(judged, len(requests), comparison.judge, comparison.output)
    inputs = [comparison.predictions, comparison.baseline]
    settings = describe_settings(arguments, replies, access)
    write_meta(comparison.output, settings, inputs, watch.seconds)


def read_wordings(arguments: argparse.Namespace) -> Wordings:
    """Return what the judge is asked."""
    if (arguments.prompts is None) != (arguments.reviewers is None):
        raise InputError("--prompts and --reviewers: expected both or neither")
    if arguments.prompts and arguments.script:
        raise InputError("--prompts and --script: expected one of them")
    if arguments.script:
        found = script_wordings(arguments.script)
    elif arguments.prompts:
        found = published_wordings(arguments.prompts, arguments.reviewers, arguments.tuple)
    else:
        found = own_wordings(arguments.wording)
    return found.adapt(arguments.temperature, arguments.max_tokens)


if __name__ == "__main__":
    run(main, parser())
