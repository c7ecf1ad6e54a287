"""What this machine's processor or GPU is made for."""

import os
from collections.abc import Mapping
from pathlib import Path

CPUINFO = Path("/proc/cpuinfo")
# Products of bf16 pairs, by the names that Linux gives them. Without these, PyTorch computes bf16
# on a CPU several times more slowly than float32. With AVX512-BF16 alone AMD's are twice as fast in
# bf16, Intel's half as fast: they are made for AMX, which virtual machines may lack
# (`python -m tests.perf.products`, docs/performance.md).
TILES, VECTORS = "amx_bf16", "avx512_bf16"
SLOW_VECTORS = "GenuineIntel"
# oneDNN, which computes PyTorch's products in bf16, can be told to use no newer instructions than
# these, by either variable; these have none for bf16.
LIMITS = ("ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA")
WITHOUT_BF16 = {"SSE41", "AVX", "AVX2", "AVX2_VNNI", "AVX512_CORE", "AVX512_CORE_VNNI"}


def has_bf16(device: str) -> bool:
    """Tell whether a device, ``cpu`` or ``cuda``, has fast instructions for products in bf16."""
    if device == "cuda":
        import torch

        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if any(os.environ.get(name, "").upper() in WITHOUT_BF16 for name in LIMITS):
        return False
    flags = processor_flags()
    return TILES in flags or (VECTORS in flags and read_processor("vendor_id") != SLOW_VECTORS)


def count_gpus(environment: Mapping[str, str] = os.environ, folder: Path = Path("/dev")) -> int:
    """Return how many NVIDIA or AMD GPUs this process may use, without loading a driver."""
    for name in ("CUDA_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES"):
        if name in environment:
            return len(
                [part for part in environment[name].split(",") if part.strip() not in ("", "-1")]
            )
    return len([file for file in folder.glob("nvidia*") if file.name[6:].isdigit()])


def processor_flags() -> set[str]:
    """Return the names of the first processor's features; none where the system does not say."""
    return set(read_processor("flags").split())


def read_processor(name: str) -> str:
    """Return a fact of the first processor; nothing ("") where the system does not say."""
    if not CPUINFO.exists():
        return ""
    lines = CPUINFO.read_text(encoding="utf-8", errors="replace").splitlines()
    values = (line.partition(":")[2] for line in lines if line.partition(":")[0].strip() == name)
    return next(values, "").strip()
