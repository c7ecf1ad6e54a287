"""How predictions are scored, compared and judged."""

from typing import Literal

from scripts.common.settings import key as setting
from scripts.common.settings import settings


@settings
class Price:
    """What a judge's server charges."""

    input: float = setting("USD per million tokens of a prompt", minimum=0)
    output: float = setting("USD per million tokens of a reply", minimum=0)


@settings
class Access:
    """How a judge is reached, which changes no judgement."""

    base_url: str = setting(
        "address of an OpenAI-compatible server",
        pattern=r"^(?!.*\bsk-)https?://[^/@?#\s]+(/[^@?#\s]*)?$",  # a key would be in every log
        expected="an address such as http://localhost:8000/v1, without a key in it",
    )  # fmt: skip
    key: str = setting(
        "environment variable that holds the key, if one is needed", default="OPENAI_API_KEY",
        pattern="^[A-Z_][A-Z0-9_]*$", expected="the name of an environment variable",
    )  # fmt: skip
    concurrency: int = setting("requests at once", default=4, minimum=1)
    requests_per_minute: float | None = setting(
        "greatest rate of requests", default=None, exclusiveMinimum=0
    )
    timeout: float = setting("seconds a reply may take", default=120, exclusiveMinimum=0)
    price: Price | None = setting("what the server charges", default=None)
    max_cost: float | None = setting(
        "USD; what could cost more is refused before anything is asked", default=None, minimum=0
    )


@settings
class Judge(Access):
    """The language model that compares answers to open questions."""

    model: str = setting("the judge's name on that server", minLength=1)
    prompts: str = setting(
        "wording of the question: of prompts/judge.yaml, or a published judge's", default="brief"
    )
    orders: Literal["both", "one"] = setting(
        "orders in which the two answers are shown", default="both"
    )
    samples: int = setting("replies to each order", default=1, minimum=1)
    temperature: float | None = setting(
        "of the judge; unset: the prompts' own", default=None, minimum=0
    )
    max_tokens: int | None = setting(
        "tokens of a reply; unset: the prompts' own", default=None, minimum=1
    )
    language_check: bool = setting(
        "an answer in another language than the question's loses unasked", default=True
    )


@settings
class Score:
    """Settings of scores and comparisons."""

    resamples: int = setting("bootstrap resamples of each interval", default=1000, minimum=10)
    trials: int = setting("resamples of each significance test", default=10000, minimum=10)
    baseline: str = setting("the model that changes are measured from", default="base")
    judge: Judge | None = setting("what judges open questions", default=None)
