"""Let a judge, a language model behind an OpenAI-compatible server, compare two systems' answers.

In: the predictions of a model and of its baseline on an open benchmark. Out: judgements, JSON lines
in the predictions' order: id, category, lengths (characters of both answers), languages, `asked`
(judge, wording, orders, samples, …), and all reviews: whose answer stood first, the reply's text,
the scores of model and baseline or null, and the reason why there are none.

Each question is asked in both orders of the two answers, `--samples` times each. With
`--language-check` an answer in another language than the question's is not asked about (x-LLM's
MI-Eval; its script hands two wrong answers to the baseline, here neither wins). A model is not
compared with itself: it ties.

The key comes from the environment variable that `--key` names, and goes nowhere but to the server.
Replies are kept beside the output (`.<benchmark>.replies.jsonl`) as they come: a killed run goes on
where it stopped, and no finished review is asked again.

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
import sys
from pathlib import Path

from scripts.common.command import log, positive, run
from scripts.common.errors import InputError
from scripts.common.files import exclusive, write_jsonl
from scripts.common.provenance import Stopwatch, write_meta
from scripts.common.settings import from_mapping, names_of, to_mapping
from scripts.score.judging.asking import ORDERS, Request, ask_all, plan_requests
from scripts.score.judging.cases import Case, read_cases
from scripts.score.judging.cost import check_cost, estimate_cost, to_dollars
from scripts.score.judging.endpoint import Endpoint, Pace, Reply
from scripts.score.judging.journal import Journal, journal_path
from scripts.score.judging.judgements import count_failures, judge_case
from scripts.score.judging.wordings import Wordings, own_wordings, published_wordings
from scripts.study.run_file import read_run_file
from scripts.study.score import Access, Price


def parser() -> argparse.ArgumentParser:
    """Return the command line of this script."""
    options = argparse.ArgumentParser(
        prog="score.judge_answers", description=__doc__.splitlines()[0]
    )
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


def main(arguments: argparse.Namespace) -> None:
    """Ask what is missing and write all judgements; see the module's docstring."""
    watch = Stopwatch()
    access = read_access(arguments)
    cases = read_cases(arguments.predictions, arguments.baseline, arguments.language_check)
    wordings = read_wordings(arguments)
    requests = list(
        plan_requests(
            [case for case in cases if is_asked(case, arguments)],
            wordings,
            arguments.judge,
            arguments.orders,
            arguments.samples,
        )
    )
    with exclusive(journal_path(arguments.output).with_suffix(".lock")):
        replies = ask(requests, arguments, access)
    of_case: dict[str, list[Request]] = {case.id: [] for case in cases}
    for request in requests:
        of_case[request.case.id].append(request)
    # Nothing in a judgement depends on when, or in what order, replies came.
    judged = [
        judge_case(case, describe(arguments, wordings, case), of_case[case.id], replies)
        for case in cases
    ]
    write_jsonl(arguments.output, judged)
    warn_of_failures(judged, len(requests), arguments)
    write_facts(arguments, access, replies, watch)


def is_asked(case: Case, arguments: argparse.Namespace) -> bool:
    """Tell whether there is something to compare: two systems, both in the question's language."""
    return arguments.model != arguments.baseline_name and case.is_comparable


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
    return from_mapping(Access, found)


def ask(requests: list[Request], arguments: argparse.Namespace, access: Access) -> dict[str, Reply]:
    """Say what asking will cost, ask what the journal lacks, and return the replies by key."""
    journal = Journal(journal_path(arguments.output))
    missing = [request for request in requests if request.key not in journal.replies]
    cost = estimate_cost(missing, to_mapping(access.price) if access.price else None)
    say(
        f"{arguments.benchmark}, {arguments.model} against {arguments.baseline_name}: "
        f"{len(missing)} of {len(requests)} reviews to ask {arguments.judge}, {cost}"
    )
    check_cost(cost, access.max_cost)
    endpoint = Endpoint(
        access.base_url,
        os.environ.get(access.key),
        access.timeout,
        Pace(access.requests_per_minute),
    )
    try:
        ask_all(requests, journal, endpoint, access.concurrency, "judge")
    finally:
        journal.close()
    return {request.key: journal.replies[request.key] for request in requests}


def say(text: str) -> None:
    """Write a line to the log and to the terminal."""
    log.info("%s", text)
    if any(isinstance(handler, logging.FileHandler) for handler in log.handlers):
        print(text, file=sys.stderr)


def warn_of_failures(judged: list[dict], asked: int, arguments: argparse.Namespace) -> None:
    """Say how many replies could not be read, and how to ask for them again."""
    failures = count_failures(judged)
    if failures:
        reasons = ", ".join(f"{reason}: {count}" for reason, count in failures.items())
        say(
            f"warning: {sum(failures.values())} of {asked} replies of {arguments.judge} could not "
            f"be read ({reasons}); to ask again, delete {journal_path(arguments.output)}"
        )


def describe(arguments: argparse.Namespace, wordings: Wordings, case: Case) -> dict[str, object]:
    """Return what the judgement of a case depends on, for the signature of scores."""
    wording = wordings.of(case.category)
    return {
        "model": arguments.model,
        "baseline": arguments.baseline_name,
        "judge": arguments.judge,
        "wording": wording.name,
        "temperature": wording.temperature,
        "max_tokens": wording.max_tokens,
        "orders": arguments.orders,
        "samples": arguments.samples,
        "language_check": arguments.language_check,
    }


def write_facts(
    arguments: argparse.Namespace, access: Access, replies: dict[str, Reply], watch: Stopwatch
) -> None:
    """Write the `.meta.json`: what was asked, and what the server counted for it."""
    counted = [reply["tokens"] for reply in replies.values() if reply.get("tokens")]
    tokens = {
        name: sum(pair[place] or 0 for pair in counted)
        for place, name in enumerate(("input", "output"))
    }
    settings = {key: value for key, value in vars(arguments).items() if key not in ("log", "run")}
    settings |= to_mapping(access, unset=True)
    settings["tokens"] = tokens
    settings["dollars"] = to_dollars(*tokens.values(), settings["price"])
    inputs = [arguments.predictions, arguments.baseline]
    write_meta(arguments.output, settings, inputs, watch.seconds)


if __name__ == "__main__":
    run(main, parser())
