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
import logging
import os
import re
import sys
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from scripts.common.command import log, make_parser, positive, run
from scripts.common.errors import InputError
from scripts.common.files import exclusive, write_jsonl
from scripts.common.provenance import Stopwatch, write_meta
from scripts.common.settings import from_mapping, keys_of, names_of, to_mapping
from scripts.score.judging.asking import ORDERS, Request, ask_all, plan_requests
from scripts.score.judging.cases import Case, read_cases
from scripts.score.judging.cost import check_cost, estimate_cost, to_dollars
from scripts.score.judging.endpoint import Endpoint, Pace
from scripts.score.judging.judgements import count_failures, judge_case
from scripts.score.judging.replies import Replies, Reply, replies_path
from scripts.score.judging.wordings import Wording, Wordings, own_wordings, published_wordings
from scripts.study.run_file import read_run_file
from scripts.study.score import Access, Price


def parser() -> argparse.ArgumentParser:
    """Return the command line of this script."""
    options = make_parser("score.judge_answers", __doc__)
    add = options.add_argument
    add("--predictions", type=Path, required=True, help="the model's, JSON lines")
    add("--baseline", type=Path, required=True, help="the baseline's predictions")
    add("--model", required=True, help="the model's name")
    add("--baseline-name", required=True, help="the baseline's name")
    add("--benchmark", required=True, help="the benchmark's name")
    add("--judge", required=True, help="the judge's name on the server")
    add("--wording", default="brief", help="of prompts/judge.yaml (brief)")
    add("--prompts", type=Path, help="FastChat's prompt.jsonl, instead of --wording")
    add("--reviewers", type=Path, help="FastChat's reviewer.jsonl, with --prompts")
    add("--tuple", nargs="*", default=[], help="categories whose prompt asks for a tuple")
    add("--orders", choices=ORDERS, default="both", help="of the two answers (both)")
    add("--samples", type=positive, default=1, help="replies to each order (1)")
    add("--temperature", type=float, help="instead of the wording's")
    add("--max-tokens", type=positive, help="of a reply, instead of the wording's")
    add("--language-check", action=argparse.BooleanOptionalAction, default=True)
    add("--output", type=Path, required=True, help="judgements, JSON lines")
    add_access(options.add_argument_group("how the judge is reached (changes no judgement)"))
    return options


def add_access(options: argparse._ArgumentGroup) -> None:
    """Add the options of `Access`; what is not given comes from the run file, or is the default."""
    add = options.add_argument
    add("--run", type=Path, help="results/run.json, whose judge the other options change")
    add("--base-url", help="of the server, up to /v1")
    add("--key", help="environment variable that holds the key (OPENAI_API_KEY)")
    add("--concurrency", type=positive, help="requests under way at once (4)")
    add("--requests-per-minute", type=float, help="at most (no bound)")
    add("--timeout", type=float, help="seconds a reply may take (120)")
    add("--price", nargs=2, type=float, metavar=("IN", "OUT"), help="USD per million tokens")
    add("--max-cost", type=float, help="USD; refuse to ask for more")


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
    cases = read_cases(comparison.predictions, comparison.baseline, comparison.language_check)
    wordings = read_wordings(arguments)
    asked = [case for case in cases if comparison.is_asked(case)]
    requests = list(
        plan_requests(asked, wordings, comparison.judge, comparison.orders, comparison.samples)
    )
    with exclusive(replies_path(comparison.output).with_suffix(".lock")):
        replies = ask(requests, comparison, access)
    of_case: dict[str, list[Request]] = {case.id: [] for case in cases}
    for request in requests:
        of_case[request.case.id].append(request)
    # Nothing in a judgement depends on when, or in what order, replies came.
    judged = [
        judge_case(case, comparison.describe(wordings.of(case.category)), of_case[case.id], replies)
        for case in cases
    ]
    write_jsonl(comparison.output, judged)
    warn_of_failures(judged, len(requests), comparison)
    options = {key: value for key, value in vars(arguments).items() if key not in ("log", "run")}
    settings = options | to_mapping(access, unset=True) | count_tokens(replies, access)
    inputs = [comparison.predictions, comparison.baseline]
    write_meta(comparison.output, settings, inputs, watch.seconds)


def read_wordings(arguments: argparse.Namespace) -> Wordings:
    """Return what the judge is asked."""
    if (arguments.prompts is None) != (arguments.reviewers is None):
        raise InputError("--prompts and --reviewers: expected both or neither")
    if arguments.prompts:
        found = published_wordings(arguments.prompts, arguments.reviewers, arguments.tuple)
    else:
        found = own_wordings(arguments.wording)
    return found.adapt(arguments.temperature, arguments.max_tokens)


def read_access(arguments: argparse.Namespace) -> Access:
    """Return how the judge is reached: what options say, then the run file, then the defaults.

    Raises:
        InputError: if neither names a server.
    """
    judge = read_run_file(arguments.run).judge if arguments.run else None
    given = {name: getattr(arguments, name) for name in names_of(Access)}
    if arguments.price:
        given["price"] = dict(zip(names_of(Price), arguments.price, strict=True))
    found = (to_mapping(judge) if judge else {}) | {
        name: value for name, value in given.items() if value is not None
    }
    if "base_url" not in found:
        raise InputError("--base-url: found no server, expected its address or --run with a judge")
    address = next(key.limits for key in keys_of(Access) if key.name == "base_url")
    if not re.search(address["pattern"], found["base_url"]):
        raise InputError(f"--base-url: found something else, expected {address['expected']}")
    return from_mapping(Access, found)


def ask(requests: list[Request], comparison: Comparison, access: Access) -> dict[str, Reply]:
    """Say what asking will cost, ask what is missing, and return the replies by key."""
    replies = Replies(replies_path(comparison.output))
    missing = [request for request in requests if request.key not in replies.known]
    cost = estimate_cost(missing, access.price)
    say(
        f"{comparison.benchmark}, {comparison.model} against {comparison.baseline_name}: "
        f"{len(missing)} of {len(requests)} reviews to ask {comparison.judge}, {cost}"
    )
    check_cost(cost, access.max_cost)
    endpoint = Endpoint(
        access.base_url,
        os.environ.get(access.key),
        access.timeout,
        Pace(access.requests_per_minute),
    )
    try:
        ask_all(requests, replies, endpoint, access.concurrency, "judge")
    finally:
        replies.close()
    return {request.key: replies.known[request.key] for request in requests}


def say(text: str) -> None:
    """Write a line to the log and to the terminal."""
    log.info("%s", text)
    if any(isinstance(handler, logging.FileHandler) for handler in log.handlers):
        print(text, file=sys.stderr)


def warn_of_failures(judged: list[dict[str, Any]], asked: int, comparison: Comparison) -> None:
    """Say how many replies could not be read, and how to ask for them again."""
    failures = count_failures(judged)
    if failures:
        reasons = ", ".join(f"{reason}: {count}" for reason, count in failures.items())
        say(
            f"warning: {sum(failures.values())} of {asked} replies of {comparison.judge} could not "
            f"be read ({reasons}); to ask again, delete {replies_path(comparison.output)}"
        )


def count_tokens(replies: dict[str, Reply], access: Access) -> dict[str, Any]:
    """Return the tokens that the server counted for its replies, and their price."""
    counted = [reply["tokens"] for reply in replies.values() if reply.get("tokens")]
    read, written = (sum(pair[place] or 0 for pair in counted) for place in (0, 1))
    dollars = to_dollars(read, written, access.price)
    return {"tokens": {"input": read, "output": written}, "dollars": dollars}


if __name__ == "__main__":
    run(main, parser())
