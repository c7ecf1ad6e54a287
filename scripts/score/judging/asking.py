"""Which questions a judge is asked, and asking them: concurrently, and never twice."""

from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any

from scripts.common.errors import InputError
from scripts.common.progress import Progress
from scripts.score.judging.cases import Case
from scripts.score.judging.endpoint import Endpoint
from scripts.score.judging.replies import Replies, Reply, digest
from scripts.score.judging.wordings import Wording, Wordings

# Whose answer the judge sees first.
ORDERS = {"both": ("model", "baseline"), "one": ("model",)}


@dataclass(frozen=True)
class Request:
    """One question to the judge: a case, whose answer comes first, and which sample it is."""

    case: Case
    first: str
    sample: int
    wording: Wording
    body: dict[str, Any]

    @property
    def key(self) -> str:
        """Return the key of the reply."""
        return digest(self.body, self.first, self.sample)


def plan_requests(
    cases: list[Case], wordings: Wordings, judge: str, orders: str, samples: int
) -> Iterator[Request]:
    """Yield every request: case by case, order by order, sample by sample."""
    for case in cases:
        wording = wordings.of(case.category)
        for first in ORDERS[orders]:
            pair = (case.model, case.baseline)
            one, two = pair if first == "model" else pair[::-1]
            body = {
                "model": judge,
                "messages": wording.messages(case.question, one, two, case.parts),
                "temperature": wording.temperature,
                "max_tokens": wording.max_tokens,
            }
            for sample in range(samples):
                yield Request(case, first, sample, wording, body)


def ask_all(
    requests: list[Request], replies: Replies, endpoint: Endpoint, concurrency: int, label: str
) -> None:
    """Ask what was not replied to yet, and keep every reply as it comes.

    `InputError` of the first request that could not be answered, or where the server refused all;
    what came until then is kept.
    """
    missing = {request.key: request for request in requests if request.key not in replies.known}
    progress = Progress(len(requests), label, "replies", done=len(requests) - len(missing))
    with ThreadPoolExecutor(concurrency) as pool:
        asked = {pool.submit(endpoint.ask, one.body): key for key, one in missing.items()}
        try:
            keep_replies(asked, replies, progress)
        finally:
            endpoint.stopped.set()
            pool.shutdown(cancel_futures=True)
            keep_late(asked, replies)
    progress.close()
    refused = [replies.known[one.key].get("refused") for one in requests]
    if requests and all(refused):
        raise InputError(f"{endpoint.base_url}: it refused every question, with {refused[0]}")


def keep_replies(asked: dict[Future[Reply], str], replies: Replies, progress: Progress) -> None:
    """Write replies down as they come; raise what a request raised."""
    left = set(asked)
    while left:
        done, left = wait(left, return_when=FIRST_COMPLETED)
        for future in done:
            replies.add(asked[future], future.result())
            progress.update()


def keep_late(asked: dict[Future[Reply], str], replies: Replies) -> None:
    """Write down what was still on its way when another request failed: it is paid for."""
    for future, key in asked.items():
        if key not in replies.known and not future.cancelled() and not future.exception():
            replies.add(key, future.result())
