"""Whether a model survives what a stage does to it, measured on a small copy before it trains.

Training: the gradients of packed rows are those of single texts. Export: trained weights come back
as they were. Gradient checkpointing: the same loss and gradients. LoRA: adapters that get a
gradient, and merged ones that give the same logits. What is not exact has no other way, and is
refused in one line.
"""

import tempfile
from functools import partial
from pathlib import Path

import torch
from torch import nn
from transformers import AutoConfig, AutoModelForCausalLM, PretrainedConfig, PreTrainedModel

from scripts.common.errors import InputError
from scripts.convert.exactness import (
    Measure,
    Tried,
    describe,
    distance,
    first_exact,
    measured,
    read_verdict,
    try_ways,
)
from scripts.convert.probe_texts import BEGINNING, LENGTHS, plain_logits, probe_texts
from scripts.convert.small_copy import make_copy, mark_of
from scripts.study.recipe import Lora, Optimization
from scripts.study.run import Run
from scripts.train.export_model import assemble
from scripts.train.lora import add_lora, merge_lora
from scripts.train.packed_loss import packed_loss
from scripts.train.ways import WAYS, Way, pack_rows

TRAIN, EXPORT, CHECKPOINTING, LORA = "train", "export", "gradient checkpointing", "LoRA"
RECIPE = Optimization(batch=1, learning_rate=1e-3)  # of which an export reads what is trained
TEXT = probe_texts(LENGTHS[0])[0]
Gradients = dict[str, torch.Tensor | None]  # by a weight's name


def check_stage(folder: Path, recipe: Optimization, run: Run, checks: Path | None = None) -> None:
    """Refuse what is not exact for a parent's architecture.

    Args:
        folder: the parent's.
        recipe: the stage's.
        run: how it is run.
        checks: what `check_base` wrote, if it has run.

    Raises:
        InputError: if the model cannot be exported, or not trained as recipe and run ask.
    """
    wanted: dict[str, tuple[str, Measure]] = {EXPORT: ("trained", measure_export)}
    if run.gradient_checkpointing:
        wanted[CHECKPOINTING] = ("trained with run.gradient_checkpointing", measure_checkpointing)
    if recipe.lora:
        wanted[LORA] = ("trained with LoRA", measure_lora)
    config = AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    verdict = read_verdict(checks, mark_of(config))
    for subject, (what, measure) in wanted.items():
        tried = verdict.get(subject) or measure(config)
        if first_exact(tried) is None:
            raise InputError(
                f"{folder}: {config.model_type} cannot be {what}: {subject} is not exact "
                f"({describe(tried)})"
            )


@measured
def measure_training(config: PretrainedConfig) -> Tried:
    """Return how far gradients of packed rows are from those of single texts, by way."""
    texts = probe_texts(*LENGTHS)
    plain = make_copy(config, "eager")
    for ids in texts:
        text_loss(plain, ids).backward()
    rows = pack_rows([texts[:3], texts[3:]], sum(LENGTHS[:3]))
    return try_ways({way.name: partial(training_error, config, way, rows, plain) for way in WAYS})


def training_error(
    config: PretrainedConfig, way: Way, rows: dict[str, torch.Tensor], plain: PreTrainedModel
) -> float:
    """Return the largest relative error of a weight's gradient."""
    model = make_copy(config, way.attention)
    packed_loss(model, **rows, apart=way.apart).backward()
    expected = {name: weight.grad for name, weight in plain.named_parameters()}
    found = {name: weight.grad for name, weight in model.named_parameters()}
    return gradient_error(found, expected)


def gradient_error(found: Gradients, expected: Gradients) -> float:
    """Return the relative error of all weights' gradient."""
    return distance(flatten(found, expected), flatten(expected, found))


def flatten(gradients: Gradients, others: Gradients) -> torch.Tensor:
    """Return gradients as one vector; one that only the others have is zeros."""
    parts = []
    for name, part in gradients.items():
        other = others[name]
        if part is not None:
            parts.append(part.flatten())
        elif other is not None:
            parts.append(torch.zeros_like(other).flatten())
    return torch.cat(parts)


def text_loss(model: PreTrainedModel, ids: list[int]) -> torch.Tensor:
    """Return the summed cross-entropy in nats of a text behind its beginning."""
    tokens = torch.tensor([ids])
    logits = model(input_ids=tokens, use_cache=False).logits[0, BEGINNING - 1 : -1].float()
    return nn.functional.cross_entropy(logits, tokens[0, BEGINNING:], reduction="sum")


@measured
def measure_export(config: PretrainedConfig) -> Tried:
    """Return how far the logits of an exported model are from those of the trained one."""
    return try_ways({"whole": lambda: export_error(config)})


def export_error(config: PretrainedConfig) -> float:
    """Return the relative error of exported logits."""
    model = make_copy(config)
    with tempfile.TemporaryDirectory() as folder:
        parent, output = Path(folder, "parent"), Path(folder, "output")
        model.save_pretrained(parent)
        with torch.no_grad():
            for weight in model.parameters():
                weight.mul_(0.9)
        weights = {name: weight.detach().clone() for name, weight in model.named_parameters()}
        assemble(parent, weights, RECIPE).save_pretrained(output)
        loaded = AutoModelForCausalLM.from_pretrained(
            output, dtype=torch.float32, local_files_only=True, trust_remote_code=False
        )
    return logits_error(loaded.eval(), model)


def logits_error(found: PreTrainedModel, expected: PreTrainedModel) -> float:
    """Return the relative difference of two models' logits."""
    return distance(plain_logits(found, TEXT), plain_logits(expected, TEXT))


@measured
def measure_checkpointing(config: PretrainedConfig) -> Tried:
    """Return how far loss and gradients are off where activations are recomputed."""
    return try_ways({"recomputed": lambda: checkpointing_error(config)})


def checkpointing_error(config: PretrainedConfig) -> float:
    """Return the larger relative error, of the loss or of a gradient."""
    plain, recomputed = make_copy(config), make_copy(config)
    recomputed.activation_checkpointing_enable({"use_reentrant": False})
    recomputed.enable_input_require_grads()
    loss, gradients = gradients_of(plain)
    found, others = gradients_of(recomputed)
    return max(abs(found - loss) / loss, gradient_error(others, gradients))


def gradients_of(model: PreTrainedModel) -> tuple[float, Gradients]:
    """Return the loss of a text in nats, and the gradients of all weights, in training mode."""
    model.train()
    for part in model.modules():
        if isinstance(part, nn.Dropout):
            part.p = 0.0
    torch.manual_seed(2)  # of what is dropped out otherwise
    loss = text_loss(model, TEXT)
    loss.backward()
    model.eval()
    return loss.item(), {name: weight.grad for name, weight in model.named_parameters()}


@measured
def measure_lora(config: PretrainedConfig) -> Tried:
    """Return how far a model with merged adapters is from the one with adapters beside it."""
    return try_ways({"merged": lambda: lora_error(config, Lora(rank=4))})


def lora_error(config: PretrainedConfig, lora: Lora) -> float:
    """Return the relative error of merged logits; a factor without gradient raises `InputError`."""
    model = make_copy(config)
    add_lora(model, lora)
    trained = {name: part for name, part in model.named_parameters() if part.requires_grad}
    with torch.no_grad():
        for weight in trained.values():
            weight.normal_(0, 0.05)
    gradients_of(model)
    idle = [name for name, part in trained.items() if part.grad is None or not part.grad.any()]
    if idle:
        raise InputError(f"no gradient reaches {idle[0]}")
    weights = {name: weight.detach().clone() for name, weight in trained.items()}
    merged = merge_lora(make_copy(config), lora, weights)
    return logits_error(merged, model)
