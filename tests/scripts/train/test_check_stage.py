"""What a stage asks for and an architecture does not give exactly is refused before it trains."""

import pytest
import torch

from scripts.common.errors import InputError
from scripts.study.recipe import Lora, Optimization
from scripts.study.run import Run
from scripts.train import check_stage as checks
from scripts.train.check_stage import check_stage, export_error
from tests.support.architectures import make_config

RECIPE = Optimization(batch=1, learning_rate=1e-3)
ADAPTED = Optimization(batch=1, learning_rate=1e-3, lora=Lora(rank=4))


@pytest.fixture
def llama(tmp_path):
    make_config("llama").save_pretrained(tmp_path)
    return tmp_path


def test_only_what_the_stage_asks_for_is_measured(llama, monkeypatch):
    asked = []
    for name in ("export", "checkpointing", "lora"):
        record = lambda config, name=name: asked.append(name) or {name: 0.0}  # noqa: E731
        monkeypatch.setattr(checks, f"measure_{name}", record)
    check_stage(llama, RECIPE, Run())
    check_stage(llama, ADAPTED, Run(gradient_checkpointing=True))
    assert asked == ["export", "export", "checkpointing", "lora"]


def test_adapters_without_a_gradient_are_refused(llama, monkeypatch):
    monkeypatch.setattr(checks, "gradients_of", lambda model: (0.0, {}))
    with pytest.raises(InputError, match=r"llama cannot be trained with LoRA: .* no gradient"):
        check_stage(llama, ADAPTED, Run())
    check_stage(llama, RECIPE, Run())


def test_a_weight_that_an_export_loses_shows(monkeypatch):
    def lose(parent, weights, recipe):
        name = next(name for name in weights if name.endswith("down_proj.weight"))
        return assemble(parent, weights | {name: torch.zeros_like(weights[name])}, recipe)

    assemble = checks.assemble
    config = make_config("llama")
    assert export_error(config) == 0
    monkeypatch.setattr(checks, "assemble", lose)
    assert export_error(config) > 1e-3
