"""What asking a judge will cost, at most, before anything is asked."""

from dataclasses import dataclass

from scripts.common.errors import InputError
from scripts.score.judging.asking import Request
from scripts.study.score import Price

# Bytes of UTF-8 a token: English has about 4, Chinese 2 to 3 with the tokenizers of today, so the
# estimate is high for English. What is in fact billed, the server counts; the .meta.json has it.
BYTES_PER_TOKEN = 3
OVERHEAD = 8  # tokens that a chat's frame adds


@dataclass(frozen=True)
class Cost:
    """Tokens of requests, and their price in US dollars (None where no price is known)."""

    requests: int
    tokens_in: int
    tokens_out: int
    dollars: float | None

    def __str__(self) -> str:
        price = "" if self.dollars is None else f", at most {self.dollars:.2f} USD"
        return (
            f"about {self.tokens_in:,} tokens in and at most {self.tokens_out:,} tokens out{price}"
        )


def estimate_cost(requests: list[Request], price: Price | None) -> Cost:
    """Return what requests will take; `price` is per million tokens."""
    tokens_in = sum(count_tokens(request) for request in requests)
    tokens_out = sum(request.wording.max_tokens for request in requests)
    return Cost(len(requests), tokens_in, tokens_out, to_dollars(tokens_in, tokens_out, price))


def count_tokens(request: Request) -> int:
    """Return a request's tokens, estimated from its bytes."""
    texts = [message["content"] for message in request.body["messages"]]
    return OVERHEAD + sum(len(text.encode()) for text in texts) // BYTES_PER_TOKEN


def to_dollars(tokens_in: int, tokens_out: int, price: Price | None) -> float | None:
    """Return the price of tokens, None where no price is known."""
    if price is None:
        return None
    return (tokens_in * price.input + tokens_out * price.output) / 1e6


def check_cost(cost: Cost, max_cost: float | None) -> None:
    """Raise `InputError` where asking could cost more than the study allows."""
    if max_cost is None:
        return
    if cost.dollars is None:
        raise InputError("score.judge.max_cost: found no price, expected score.judge.price as well")
    if cost.dollars > max_cost:
        raise InputError(
            f"score.judge.max_cost: {cost.requests} requests take {cost}, allowed are "
            f"{max_cost:.2f}; raise max_cost, lower max_tokens or samples, or ask in one order"
        )
