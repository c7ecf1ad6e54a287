"""How fast a stage trains, and which share of the device's peak that is."""

import resource
import sys
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

    Two a weight and token forward, four backward; attention adds 12 × layers × width × the tokens
    it looks at (Chowdhery et al. 2022, PaLM, appendix B), half of the length under a causal mask.
    """

    body: float
    head: float
    attention: float

    @classmethod
    def of(cls, model: PreTrainedModel) -> "Work":
        """Return the work of a decoder; embedding look-ups cost nothing."""
        head = model.get_output_embeddings().weight.numel()
        inputs = {id(weight) for weight in model.get_input_embeddings().parameters()}
        inputs |= {id(weight) for weight in model.get_output_embeddings().parameters()}
        body = sum(weight.numel() for weight in model.parameters() if id(weight) not in inputs)
        config = model.config
        return cls(6 * body, 6 * head, 12 * config.num_hidden_layers * config.hidden_size / 2)

    def of_step(self, tokens: int, useful_tokens: int, example_length: float) -> float:
        """Return the operations of a step whose examples have `example_length` tokens on average.

        The mean is a lower bound: attention grows with the square of each example's length.
        """
        return tokens * (self.body + self.attention * example_length) + useful_tokens * self.head


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
