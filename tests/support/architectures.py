"""Tiny random models of many architectures (architectures.yaml), loaded as a stage loads them."""

from pathlib import Path
from typing import Any

import torch
import yaml
from transformers import AutoConfig, AutoModelForCausalLM, PreTrainedModel

from scripts.train.load_model import choose_attention

FILE = Path(__file__).with_suffix(".yaml")
KNOWN = yaml.safe_load(FILE.read_text(encoding="utf-8"))
NAMES = list(KNOWN["models"])


def make_config(name: str) -> Any:
    """Return the configuration of a name in architectures.yaml."""
    settings = KNOWN["common"] | KNOWN["models"][name]
    return AutoConfig.for_model(settings.pop("model_type"), **settings)


def make_model(name: str) -> PreTrainedModel:
    """Return a random model for inference; the same weights each time."""
    torch.manual_seed(1)
    return AutoModelForCausalLM.from_config(make_config(name)).eval()


def make_stage(name: str, folder: Path) -> PreTrainedModel:
    """Return the same model with the attention that a stage on a CPU takes."""
    config = make_config(name)
    config.save_pretrained(folder)
    chosen = choose_attention("auto", folder, "fp32", torch.device("cpu"))
    torch.manual_seed(1)
    return AutoModelForCausalLM.from_config(config, attn_implementation=chosen).eval()
