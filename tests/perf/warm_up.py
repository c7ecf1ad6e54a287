"""What a warm-up of the new rows saves: processor seconds a step and peak memory, beside peft's.

A model of SmolLM2-135M's shape with random weights and 3,200 new tokens takes steps of two rows of
256 tokens, of which half are new, on one thread, each way of training in a process of its own::

    python -m tests.perf.warm_up
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import torch
from peft import TrainableTokensConfig, get_peft_model
from transformers import LlamaConfig, LlamaForCausalLM

from scripts.common.files import write_json
from scripts.study.recipe import Optimization
from scripts.study.registry import Registry
from scripts.study.run import Run
from scripts.train.engines.single import Single
from scripts.train.load_model import load_model
from scripts.train.new_rows import find_new_rows
from scripts.train.packed_loss import PackedLoss
from scripts.train.processes import Processes
from scripts.train.ways import choose_way

PIECES, ROWS, LENGTH, STEPS = 3200, 2, 256, 5
WAYS = ("all", "new_rows", "peft")


def main() -> None:
    """Make the model, train it each way, print a line a way."""
    if len(sys.argv) > 1:
        measure(Path(sys.argv[1]), sys.argv[2])
        return
    print(f"{'trains':10}{'weights':>13}{'CPU s/step':>12}{'peak GiB':>10}{'loss':>8}")
    with tempfile.TemporaryDirectory() as folder:
        make_parent(Path(folder))
        environment = os.environ | {"OMP_NUM_THREADS": "1"}
        for way in WAYS:
            command = [sys.executable, "-W", "ignore", "-m", "tests.perf.warm_up", folder, way]
            subprocess.run(command, check=True, env=environment)


def make_parent(folder: Path) -> None:
    """Write a random extended model."""
    shape = Registry().models["smollm2-135m-instruct"]["shape"]
    torch.manual_seed(1)
    config = LlamaConfig(
        vocab_size=shape["vocabulary"] + PIECES,
        hidden_size=shape["width"],
        intermediate_size=shape["intermediate"],
        num_hidden_layers=shape["layers"],
        num_attention_heads=shape["heads"],
        num_key_value_heads=shape["kv_heads"],
        tie_word_embeddings=shape["tied"],
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    extension = {"base_size": shape["vocabulary"], "size": config.vocab_size}
    write_json(folder / "extension.json", extension)


def measure(folder: Path, way: str) -> None:
    """Train a few steps one way and print what they took, the first one left out."""
    torch.manual_seed(1)
    new = find_new_rows(folder)
    engine = open_single(folder, way)
    trained = sum(w.numel() for w in engine.module.parameters() if w.requires_grad)
    seconds = []
    for _ in range(STEPS + 1):
        began = time.process_time()
        loss = engine.loss(draw_rows(new))
        engine.backward(loss / (ROWS * LENGTH), last=True)
        engine.step(1e-3)
        seconds.append(time.process_time() - began)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    nats = loss.item() / (ROWS * (LENGTH - 1))
    print(f"{way:10}{trained:13,}{median(seconds[1:]):12.2f}{peak:10.2f}{nats:8.3f}", flush=True)


def open_single(folder: Path, way: str) -> Single:
    """Return the engine of one process around the model as it is trained this way."""
    device = torch.device("cpu")
    trains = "new_rows" if way == "new_rows" else "all"
    recipe = Optimization(batch=ROWS, learning_rate=1e-3, trains=trains)
    attention = choose_way("auto", folder, recipe.precision, device.type).attention
    model = load_model(folder, recipe, Run(), attention)
    if way == "peft":
        # It finds the tied output matrix by itself.
        get_peft_model(model, TrainableTokensConfig(token_indices=list(find_new_rows(folder))))
    return Single(PackedLoss(model), recipe, Run(), Processes(0, 1, device))


def draw_rows(new: range) -> dict[str, torch.Tensor]:
    """Return rows of old and new tokens by turns."""
    ids = torch.randint(0, new.start, (ROWS, LENGTH))
    ids[:, ::2] = torch.randint(new.start, new.stop, (ROWS, LENGTH // 2))
    positions = torch.arange(LENGTH).repeat(ROWS, 1)
    return {"input_ids": ids, "position_ids": positions, "labels": ids}


if __name__ == "__main__":
    main()
