"""How a script asks its judge: where it is, what it may cost, and what it has replied before."""

import argparse
import logging
import os
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from scripts.common.command import log, positive
from scripts.common.errors import InputError
from scripts.common.escapes import clean_message
from scripts.common.files import exclusive
from scripts.common.settings import from_mapping, keys_of, names_of, to_mapping
from scripts.score.judging.asking import Request, ask_all
from scripts.score.judging.cost import check_cost, estimate_cost, to_dollars
from scripts.score.judging.endpoint import Endpoint, Pace
from scripts.score.judging.judgements import count_failures
from scripts.score.judging.replies import Replies, Reply, replies_path
from scripts.study.run_file import read_run_file
from scripts.study.score import Access, Price


def add_asking(options: argparse.ArgumentParser) -> None:
    """Add what a reply depends on, but for the wording, and the options of `Access`."""
    add = options.add_argument
    add("--benchmark", required=True, help="the benchmark's name")
    add("--judge", required=True, help="the judge's name on the server")
    add("--samples", type=positive, default=1, help="replies to each question (1)")
    add("--temperature", type=float, help="instead of the wording's")
    add("--max-tokens", type=positive, help="of a reply, instead of the wording's")
    add_access(options.add_argument_group("how the judge is reached (changes no judgement)"))


def add_access(options: argparse._ArgumentGroup) -> None:
    """Add the options of `Access`; what is not given comes from the run file, or is the default."""
    add = options.add_argument
    add("--run", type=Path, help="results/run.json, whose judge the other options change")
    add("--base-url", help="of the server, up to /v1")
    add("--key", help="environment variable that holds the key (OPENAI_API_KEY)")
    add("--concurrency", type=positive, help="requests under way at once (4)")
    add("--requests-per-minute", type=float, help="at most (no bound)")
    add("--timeout", type=float, help="seconds a whole reply may take (120)")
    add("--price", nargs=2, type=float, metavar=("IN", "OUT"), help="USD per million tokens")
    add("--max-cost", type=float, help="USD; refuse to ask for more")


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


def ask(
    requests: list[Request], output: Path, access: Access, judge: str, label: str
) -> dict[str, Reply]:
    """Say what asking will cost, ask what is missing, and return the replies by key.

    `output` is the file of judgements, beside which replies are kept; `label` says what is judged.
    """
    with exclusive(replies_path(output).with_suffix(".lock")):
        replies = Replies(replies_path(output))
        missing = [request for request in requests if request.key not in replies.known]
        cost = estimate_cost(missing, access.price)
        say(f"{label}: {len(missing)} of {len(requests)} reviews to ask {judge}, {cost}")
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
        print(clean_message(text), file=sys.stderr)


def warn_of_failures(
    judged: Iterable[dict[str, Any]], asked: int, judge: str, output: Path
) -> None:
    """Say how many replies could not be read, and how to ask for them again."""
    failures = count_failures(judged)
    if failures:
        reasons = ", ".join(f"{reason}: {count}" for reason, count in failures.items())
        say(
            f"warning: {sum(failures.values())} of {asked} replies of {judge} could not "
            f"be read ({reasons}); to ask again, delete {replies_path(output)}"
        )


def describe_settings(
    arguments: argparse.Namespace, replies: dict[str, Reply], access: Access
) -> dict[str, Any]:
    """Return what a file of judgements was made with, for its provenance."""
    options = {key: value for key, value in vars(arguments).items() if key not in ("log", "run")}
    return options | to_mapping(access, unset=True) | count_tokens(replies, access)


def count_tokens(replies: dict[str, Reply], access: Access) -> dict[str, Any]:
    """Return the tokens that the server counted for its replies, and their price."""
    counted = [reply["tokens"] for reply in replies.values() if reply.get("tokens")]
    read, written = (sum(pair[place] or 0 for pair in counted) for place in (0, 1))
    dollars = to_dollars(read, written, access.price)
    return {"tokens": {"input": read, "output": written}, "dollars": dollars}
