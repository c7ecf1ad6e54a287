"""Products of matrices in bf16 beside float32 on this processor, which `auto` chooses between.

    python -m tests.perf.products --threads 1

Of SmolLM2-135M's shapes, by the number of rows: a batch's tokens, or a decoding step's sequences.
"""

import argparse
import time
from statistics import median

import torch

from scripts.common.command import positive, run
from scripts.common.processor import has_bf16, read_processor

SHAPES = {"up": (576, 1536), "down": (1536, 576), "head": (576, 49152)}
ROWS = (1, 8, 64, 512)
SECONDS, ROUNDS = 0.1, 5


def main(arguments: argparse.Namespace) -> None:
    """Print a table of billions of operations a second, and their ratio."""
    torch.set_num_threads(arguments.threads)
    took = "bf16" if has_bf16("cpu") else "fp32"
    print(f"{read_processor('model name')}, threads: {arguments.threads}, auto takes {took}")
    print(
        "| rows × product | fp32, 10⁹/s | bf16, 10⁹/s | bf16 / fp32 |\n| --- | ---: | ---: | ---: |"
    )
    for rows in ROWS:
        for name, (width, height) in SHAPES.items():
            work = 2 * rows * width * height / 1e9
            plain, half = (
                work / seconds(rows, width, height, kind)
                for kind in (torch.float32, torch.bfloat16)
            )
            print(f"| {rows} × {name} | {plain:.0f} | {half:.0f} | {half / plain:.2f} |")


def seconds(rows: int, width: int, height: int, kind: torch.dtype) -> float:
    """Return the seconds of one product, the median of several rounds."""
    layer = torch.nn.Linear(width, height, bias=False).to(kind)
    values, found = torch.randn(rows, width, dtype=kind), []
    with torch.inference_mode():
        for _ in range(ROUNDS):
            count, began = 0, time.perf_counter()
            while time.perf_counter() - began < SECONDS:
                layer(values)
                count += 1
            found.append((time.perf_counter() - began) / count)
    return median(found)


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    options = argparse.ArgumentParser(prog="perf.products", description=__doc__.partition("\n")[0])
    options.add_argument("--threads", type=positive, default=1)
    return options


if __name__ == "__main__":
    run(main, parser())
