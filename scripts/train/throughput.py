"""How fast a stage trains, and which share of the device's peak that is."""

import resource
import sys
from collections.abc import Iterable
from dataclasses import dataclass

import torch
from transformers import PreTrainedModel

# Dense half-precision peak in FLOP/s, from NVIDIA's data sheets, by a part of the device's name.
PEAKS = {
    "H200": 989e12, "H100 PCIe": 756e12, "H100": 989e12, "A100": 312e12, "L40S": 362e12,
    "L4": 121e12, "A10": 125e12, "RTX 4090": 165e12, "V100": 125e12, "T4": 65e12,
}  # fmt: skip


@dataclass(frozen=True)
class Work:
    """The floating-point operations a token costs, forward and backward, recomputation left out.

    Two a weight and token forward, two backward for what lies below, and two more for the gradient
    of a weight that is trained, which frozen ones have not; attention adds 12 × layers × width ×
    the tokens it looks at (Chowdhery et al. 2022, PaLM, appendix B), half of the length under a
    causal mask.
    """

    body: float
    head: float
    attention: float

    @classmethod
    def of(cls, model: PreTrainedModel) -> "Work":
        """Return the work of a decoder; embedding look-ups cost nothing."""
        outer = [model.get_input_embeddings(), model.get_output_embeddings()]
        matrices = {id(weight) for module in outer for weight in module.parameters()}
        body = [weight for weight in model.parameters() if id(weight) not in matrices]
        head = 4 * outer[1].weight.numel() + 2 * count_trained(outer[1].parameters())
        config = model.config
        work = 4 * sum(weight.numel() for weight in body) + 2 * count_trained(body)
        return cls(work, head, 12 * config.num_hidden_layers * config.hidden_size / 2)

    def of_step(self, tokens: int, useful_tokens: int, example_length: float) -> float:
        """Return the operations of a step whose examples have `example_length` tokens on average.

        The mean is a lower bound: attention grows with the square of each example's length.
        """
        return tokens * (self.body + self.attention * example_length) + useful_tokens * self.head


def count_trained(weights: Iterable[torch.nn.Parameter]) -> int:
    """Return how many numbers the trained ones of these weights have."""
    return sum(weight.numel() for weight in weights if weight.requires_grad)


def peak(device: torch.device, precision: str) -> float | None:
    """Return the device's half-precision peak in FLOP/s, None where it is not known."""
    if device.type != "cuda" or precision == "fp32":
        return None
    name = torch.cuda.get_device_name(device)
    return next((value for part, value in PEAKS.items() if part in name), None)


def memory_gib(device: torch.device) -> float:
    """Return the most memory held so far in GiB: the device's, or of the process on a CPU."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) / 2**30
    kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return kib / (2**20 if sys.platform == "linux" else 2**30)
