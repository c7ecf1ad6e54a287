"""DeepSpeed ZeRO: optimizer (1), gradients (2) and weights (3) split over the processes."""

import os
import warnings
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
import torch.distributed as dist
from torch import nn

from scripts.study.recipe import Optimization
from scripts.study.run import Run
from scripts.train.engines.state import inner
from scripts.train.optimizing import make_optimizer, set_rate, weight_groups
from scripts.train.processes import Processes

TAG = "state"


class DeepSpeed:
    """The engine that goes through `deepspeed.initialize`."""

    # Its shards are of one ZeRO stage and number of processes.
    reshards = False

    def __init__(
        self, module: nn.Module, recipe: Optimization, run: Run, processes: Processes
    ) -> None:
        deepspeed = load_deepspeed(processes)
        self.processes = processes
        self.engine, self.optimizer, _, _ = deepspeed.initialize(
            model=module,
            optimizer=self.make_optimizer(module, recipe, run.offload),
            config=make_config(recipe, run, processes),
            dist_init_required=False,
        )

    def make_optimizer(
        self, module: nn.Module, recipe: Optimization, offload: str
    ) -> torch.optim.Optimizer:
        """Return AdamW, in DeepSpeed's form for the CPU where a GPU's optimizer is offloaded."""
        if offload != "none" and self.processes.device.type == "cuda":
            from deepspeed.ops.adam import DeepSpeedCPUAdam

            groups = weight_groups(module, recipe.weight_decay)
            return DeepSpeedCPUAdam(groups, recipe.learning_rate, betas=recipe.betas)
        return make_optimizer(module, recipe)

    def loss(self, rows: dict[str, torch.Tensor]) -> torch.Tensor:
        """Return the summed loss of a micro-batch, in nats."""
        loss: torch.Tensor = self.engine(**rows)
        return loss

    def backward(self, loss: torch.Tensor, last: bool) -> None:
        """Add the gradient, which DeepSpeed averages over the processes."""
        # The loss is divided by the global batch's tokens already, so DeepSpeed must not divide by
        # the number of micro-batches too; its average over processes has to be a sum, as in DDP.
        self.engine.backward(loss * self.processes.size, scale_wrt_gas=False)
        # Between micro-batches its `step` only counts; that of the last one, in `step`, updates.
        if not last:
            self.engine.step()

    def step(self, rate: float) -> float:
        """Update the weights; return the gradient norm before clipping."""
        set_rate(self.optimizer, rate)
        self.engine.step()
        norm = self.engine.get_global_grad_norm()
        return float(norm) if norm is not None else 0.0

    def weights(self) -> dict[str, torch.Tensor]:
        """Return the trained weights, put together from all processes, on the first one."""
        from deepspeed.utils import safe_get_full_fp32_param

        found = {}
        for name, weight in inner(self.engine).named_parameters():
            if weight.requires_grad:
                whole = safe_get_full_fp32_param(weight)
                whole = weight.detach() if whole is None else whole
                if self.processes.first:
                    found[name.removeprefix("model.")] = whole.cpu().reshape(weight_shape(weight))
        return found

    def save(self, folder: Path) -> None:
        """Write the shards of all processes; frozen weights are the parent's."""
        self.engine.save_checkpoint(
            str(folder), tag=TAG, save_latest=False, exclude_frozen_parameters=True
        )

    def load(self, folder: Path) -> None:
        """Restore what `save` wrote, on as many processes."""
        self.engine.load_checkpoint(str(folder), tag=TAG, load_module_strict=False)


def weight_shape(weight: nn.Parameter) -> torch.Size:
    """Return a weight's shape; ZeRO-3 keeps it beside a weight that is elsewhere."""
    return getattr(weight, "ds_shape", weight.shape)


def make_config(recipe: Optimization, run: Run, processes: Processes) -> dict[str, Any]:
    """Return DeepSpeed's settings for a recipe, as its JSON file would hold them."""
    return {
        "train_batch_size": recipe.batch,
        "train_micro_batch_size_per_gpu": run.micro_batch,
        "gradient_accumulation_steps": recipe.batch // (processes.size * run.micro_batch),
        "gradient_clipping": recipe.clip,
        "zero_optimization": zero_config(run, processes.device.type == "cuda"),
        "bf16": {"enabled": recipe.precision == "bf16"},
        "fp16": {"enabled": recipe.precision == "fp16"},
        "zero_allow_untested_optimizer": True,
        "zero_force_ds_cpu_optimizer": False,
        "steps_per_print": 2**62,
    }


def zero_config(run: Run, cuda: bool) -> dict[str, Any]:
    """Return the ZeRO section: the stage, and what is kept in the host's memory."""
    config: dict[str, Any] = {"stage": run.zero, "overlap_comm": cuda}
    place = {"device": "cpu", "pin_memory": cuda}
    if run.offload in ("optimizer", "all"):
        config["offload_optimizer"] = place
    if run.offload == "all" and run.zero == 3:
        config["offload_param"] = place
    return config


def load_deepspeed(processes: Processes) -> ModuleType:
    """Import DeepSpeed, quietly, and open the process group that it cannot do without."""
    import deepspeed

    deepspeed.utils.logger.setLevel("ERROR")
    warnings.filterwarnings("ignore", category=FutureWarning, module="torch.distributed")
    if processes.device.type == "cpu":
        # Its all-reduce through shared memory would be compiled first, for minutes; gloo is there.
        deepspeed.ops.__compatible_ops__["deepspeed_shm_comm"] = False
    if not dist.is_initialized():
        os.environ["LOCAL_RANK"] = "0"
        backend = "nccl" if processes.device.type == "cuda" else "gloo"
        dist.init_process_group(backend, rank=0, world_size=1, store=dist.HashStore())
    return deepspeed


ENGINE = DeepSpeed
