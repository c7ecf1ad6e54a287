"""Write a trained model as a Hugging Face folder, with its parent's tokenizer."""

import shutil
from pathlib import Path

import torch
from transformers import AutoConfig, AutoModelForCausalLM, PreTrainedModel

from scripts.study.recipe import Optimization
from scripts.tokenizer.extension_file import EXTENSION
from scripts.train.lora import merge_lora
from scripts.train.new_rows import find_new_rows, merge_new_rows

TOKENIZER_FILES = ("*token*", "*.jinja", "merges.txt", "vocab.json", EXTENSION)


def export_model(
    parent: Path, weights: dict[str, torch.Tensor], recipe: Optimization, output: Path
) -> int:
    """Write the trained model and the parent's tokenizer; return the number of embedding rows.

    Args:
        parent: the folder that training started from.
        weights: the trained weights by name, whole, on the CPU.
        recipe: with `lora`, or where only new rows are trained, the weights are merged into the
            parent's.
        output: an existing folder.
    """
    model = assemble(parent, weights, recipe)
    model.save_pretrained(output)
    for pattern in TOKENIZER_FILES:
        for file in parent.glob(pattern):
            shutil.copyfile(file, output / file.name)
    rows: int = model.get_input_embeddings().weight.shape[0]  # type: ignore[index, assignment]
    return rows


def assemble(
    parent: Path, weights: dict[str, torch.Tensor], recipe: Optimization
) -> PreTrainedModel:
    """Return the float32 model of trained weights and, where only some were, its parent's."""
    if recipe.lora or recipe.trains == "new_rows":
        model = AutoModelForCausalLM.from_pretrained(
            parent, dtype=torch.float32, local_files_only=True, trust_remote_code=False
        )
        if recipe.lora:
            return merge_lora(model, recipe.lora, weights)
        merge_new_rows(model, find_new_rows(parent), weights)
        return model
    # On no device: all weights are taken from those that were trained, none is read or initialised.
    with torch.device("meta"):
        config = AutoConfig.from_pretrained(parent, local_files_only=True, trust_remote_code=False)
        model = AutoModelForCausalLM.from_config(
            config, dtype=torch.float32, trust_remote_code=False
        )
    model.load_state_dict(weights, strict=False, assign=True)
    model.tie_weights()
    if not any(tensor.is_meta for tensor in model.state_dict().values()):
        return model
    # Some architectures store numbers that are no parameters: DeepSeek-V3's corrections of its
    # router, Apertus' constants. They are the parent's.
    model = AutoModelForCausalLM.from_pretrained(
        parent, dtype=torch.float32, local_files_only=True, trust_remote_code=False
    )
    model.load_state_dict(weights, strict=False, assign=True)
    model.tie_weights()
    return model
