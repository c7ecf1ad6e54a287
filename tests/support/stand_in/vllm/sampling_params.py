"""What of `vllm.sampling_params` is imported."""

from dataclasses import dataclass


@dataclass
class StructuredOutputsParams:
    """What an answer is held to."""

    choice: list[str] | None = None
