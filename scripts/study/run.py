"""How a study is run on this machine or cluster: nothing here changes weights or scores."""

from typing import Literal

from scripts.common.settings import key, settings

Engine = Literal["single", "ddp", "deepspeed", "fsdp"]
SEVERAL: tuple[Engine, ...] = ("ddp", "deepspeed", "fsdp")  # share a stage; others take one device
SHARDING: tuple[Engine, ...] = ("deepspeed", "fsdp")  # cast the weights, and can offload them
Tracker = Literal["tensorboard", "wandb", "trackio"]


@settings
class Run:
    """What may change between two starts of the same study without repeating any work."""

    threads: int | None = key(
        "CPU threads of a training job, at most --cores; unset: the cores' share of each stage "
        "that can train at the same time, at most 8",
        default=None, minimum=1,
    )  # fmt: skip
    infer_threads: int | None = key(
        "CPU threads of a job that answers all benchmarks of a model; unset: as a training job",
        default=None, minimum=1,
    )  # fmt: skip
    infer_devices: int = key(
        "processes that share the records of a job that answers, a GPU each where there are any",
        default=1, minimum=1,
    )  # fmt: skip
    engine: Engine = key("what trains; the losses are the same", default="single")
    devices: int = key("devices of a node, one process each", default=1, minimum=1)
    nodes: int = key("nodes of the cluster", default=1, minimum=1)
    device: Literal["auto", "cpu", "cuda"] = key("auto: cuda where there is one", default="auto")
    zero: Literal[1, 2, 3] = key("DeepSpeed's ZeRO stage", default=2)
    offload: Literal["none", "optimizer", "all"] = key(
        "what is kept in the host's memory", default="none"
    )
    micro_batch: int = key(
        "rows a device holds at once; the global batch is accumulated", default=4, minimum=1
    )
    gradient_checkpointing: bool = key(
        "compute activations again in the backward pass", default=False
    )
    compile: bool = key("compile the decoder's layers (torch.compile)", default=False)
    attention: Literal["auto", "sdpa", "segments", "flash_attention_2", "eager"] = key(
        "kernel of attention; auto: segments on a CPU, else the fastest installed", default="auto"
    )
    tf32: bool = key("TF32 products of float32 on a GPU", default=True)
    liger: bool = key("Liger's fused kernels (liger-kernel installed)", default=False)
    deterministic: bool = key("the same bits in every run on a GPU", default=True)
    device_memory: float | None = key(
        "GiB of a device; a stage that will not fit is refused", default=None, exclusiveMinimum=0
    )
    checkpoint_minutes: float = key(
        "minutes between checkpoints: how much work a kill can cost (near the end a tenth more)",
        default=10, minimum=0,
    )  # fmt: skip
    checkpoint_steps: int | None = key("steps between checkpoints too", default=None, minimum=1)
    evaluations: int = key("measurements of held-out text in a stage", default=4, minimum=1)
    held_out_rows: int = key("rows measured of each held-out text", default=8, minimum=1)
    track: tuple[Tracker, ...] = key("where curves are sent", default=(), uniqueItems=True)
