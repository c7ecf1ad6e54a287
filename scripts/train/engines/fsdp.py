"""FSDP2: weights, gradients and optimizer are split over the processes, layer by layer."""

from typing import Any, cast

import torch
from torch import nn
from torch.distributed.checkpoint.state_dict import StateDictOptions, get_model_state_dict
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import CPUOffloadPolicy, MixedPrecisionPolicy, fully_shard
from transformers import PreTrainedModel

from scripts.common.errors import InputError
from scripts.train.engines.single import Single
from scripts.train.load_model import decoder_layers


class Fsdp(Single):
    """`Single` with every weight in shards; a layer is whole only while it computes."""

    fused = False  # the fused kernel does not take sharded weights on every device

    def wrap(self, module: nn.Module) -> nn.Module:
        """Shard each decoder layer, then what is left.

        Raises:
            InputError: if the recipe asks for fp16, whose loss scale FSDP2 does not share.
        """
        if self.recipe.precision == "fp16":
            raise InputError("recipe.precision: fsdp takes bf16 or fp32, found fp16")
        device = self.processes.device
        offload = self.run.offload == "all" and device.type == "cuda"
        options: dict[str, Any] = {
            "mesh": init_device_mesh(device.type, (self.processes.size,)),
            "mp_policy": self.policy(),
        }
        if offload:
            options["offload_policy"] = CPUOffloadPolicy()
        else:
            module.to(device)
        for layer in decoder_layers(cast(PreTrainedModel, module.model)):
            fully_shard(layer, **options)
        fully_shard(module, **options)
        return module

    def policy(self) -> MixedPrecisionPolicy:
        """Return bf16 for gathered weights and float32 for reducing gradients, or all float32."""
        if self.recipe.precision == "fp32":
            return MixedPrecisionPolicy()
        return MixedPrecisionPolicy(torch.bfloat16, torch.float32, cast_forward_inputs=False)

    def halve(self) -> None:
        """Make no copies: the policy casts what it gathers."""

    def loss(self, rows: dict[str, torch.Tensor]) -> torch.Tensor:
        """Return the summed loss of a micro-batch; the policy sets the precision."""
        loss: torch.Tensor = self.module(**rows)
        return loss

    def backward(self, loss: torch.Tensor, last: bool) -> None:
        """Add the gradient, averaged over the processes like DDP's."""
        # As in DDP: an average of what has to be a sum. The exchange scatters the gradients, so it
        # cannot wait for the last micro-batch without every process holding all of them.
        super().backward(loss * self.processes.size, last)

    def clip(self) -> float:
        """Clip by the norm over all shards."""
        weights = [weight for weight in self.module.parameters() if weight.requires_grad]
        norm: Any = nn.utils.clip_grad_norm_(weights, self.recipe.clip)
        # A process's shards have only a part of the norm; `full_tensor` gathers the rest.
        return float(norm.full_tensor())

    def weights(self) -> dict[str, torch.Tensor]:
        """Return the trained weights, gathered on the first process (empty on the others)."""
        options = StateDictOptions(
            full_state_dict=True, cpu_offload=True, ignore_frozen_params=True
        )
        found: dict[str, Any] = get_model_state_dict(self.module, options=options)
        return {name.removeprefix("model."): weight for name, weight in found.items()}


ENGINE = Fsdp
