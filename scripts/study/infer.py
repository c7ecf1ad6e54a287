"""How models answer and are measured. What is said here decides predictions."""

from typing import Literal

from scripts.common.settings import key, settings


@settings
class Infer:
    """Settings of every inference job."""

    batch: int = key("records decoded together", default=32, minimum=1)
    window: int = key("tokens of context when text is measured", default=512, minimum=8)
    dtype: Literal["auto", "float32", "bfloat16"] = key(
        "number type of the weights; auto: bfloat16 where the device is fast in it, else float32",
        default="auto",
        added=True,
    )
    engine: Literal["transformers", "vllm"] = key(
        "what generates answers; vllm: on GPUs, in an environment of its own (docs/gpus.md)",
        default="transformers",
        added=True,
    )
    deterministic: bool = key(
        "no answer depends on the batch, on what else is asked or in which order; slower "
        "(docs/answering.md)",
        default=False,
        added=True,
    )
