"""What a training runs on, for the first lines of its log: node, devices, driver, versions."""

import os
import re
import socket
from pathlib import Path

import torch

from scripts.cluster.allocation import job_number
from scripts.common.command import log
from scripts.common.provenance import package_versions

DRIVER = Path("/proc/driver/nvidia/version")
SHOWN = ("python", "torch", "transformers", "deepspeed")


def log_node(device: torch.device, first: bool) -> None:
    """Log where this process is: the first of each node says so, the first of all says more."""
    if os.environ.get("LOCAL_RANK", "0") == "0":
        log.info("%s", describe_node(device))
    if first:
        log.info("%s", describe_versions(device))


def describe_node(device: torch.device) -> str:
    """Return ``node gpu017, Slurm job 4242: 4 x NVIDIA H200, driver 570.86``."""
    job = f", Slurm job {job_number()}" if job_number() else ""
    if device.type != "cuda":
        return f"node {socket.gethostname()}{job}: {len(os.sched_getaffinity(0))} CPUs"
    devices = f"{torch.cuda.device_count()} x {torch.cuda.get_device_name(device)}"
    return f"node {socket.gethostname()}{job}: {devices}, driver {read_driver()}"


def read_driver(file: Path = DRIVER) -> str:
    """Return the version of NVIDIA's driver; "unknown" where the kernel does not tell."""
    text = file.read_text(encoding="utf-8", errors="replace") if file.is_file() else ""
    found = re.search(r"Kernel Module.*?\s(\d+(?:\.\d+)+)", text)
    return found[1] if found else "unknown"


def describe_versions(device: torch.device) -> str:
    """Return ``python 3.11.7, torch 2.13.0, …``, and CUDA's version where it is used."""
    versions = package_versions()
    words = [f"{name} {versions[name]}" for name in SHOWN if name in versions]
    if device.type == "cuda":
        words.append(f"CUDA {torch.version.cuda}")
    return ", ".join(words)
