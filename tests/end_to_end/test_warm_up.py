"""Every engine warms up the same rows and leaves the same bits alone."""

import pytest
import torch
from safetensors.torch import load_file

from tests.support.training_runs import ENGINES, Run, checkpoints, losses
from tests.support.warm_up import check_only_new_rows_changed, make_parent, pack_rows, warm_options

CASES = [
    ("ddp", "tied", "fp32"), ("ddp", "untied", "bf16"),
    ("fsdp", "tied", "fp32"), ("fsdp", "untied", "fp32"), ("fsdp", "tied", "bf16"),
    ("zero-1", "untied", "fp32"), ("zero-1", "tied", "bf16"),
    ("zero-2", "tied", "fp32"), ("zero-2", "untied", "bf16"),
    ("zero-3", "tied", "fp32"), ("zero-3", "untied", "fp32"), ("zero-3", "tied", "bf16"),
]  # fmt: skip


@pytest.fixture(scope="module")
def warm_ups(forks, tmp_path_factory):
    """Parents, rows and warmed-up models of one process, by whether matrices are tied."""
    found = {}
    for tie in ("tied", "untied"):
        folder = tmp_path_factory.mktemp(tie)
        parent = make_parent(folder / "models", tie == "tied")
        rows = pack_rows(parent, folder / "toy")
        found[tie] = parent, rows, Run(forks, warm_options(parent, rows), folder / "run").finish()
    return found


@pytest.mark.parametrize(("name", "tie", "precision"), CASES)
def test_an_engine_warms_up_as_one_process_does(forks, warm_ups, tmp_path, name, tie, precision):
    size, engine = ENGINES[name]
    parent, rows, single = warm_ups[tie]
    options = warm_options(parent, rows, "--precision", precision, *engine)
    model = Run(forks, options, tmp_path, size).finish()
    check_only_new_rows_changed(parent, model)
    rounding = 1e-5 if precision == "fp32" else 0.02
    assert losses(model) == pytest.approx(losses(single), rel=rounding)
    if precision == "fp32":
        found, expected = (load_file(path / "model.safetensors") for path in (model, single))
        for key, weight in expected.items():
            torch.testing.assert_close(found[key], weight, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", ["fsdp", "zero-2", "zero-3"])
def test_a_killed_engine_goes_on_from_its_rows(forks, warm_ups, tmp_path, name):
    size, engine = ENGINES[name]
    parent, rows, single = warm_ups["untied"]
    options = warm_options(parent, rows, *engine)
    run = Run(forks, options, tmp_path, size)
    while len(checkpoints(tmp_path)) < 2:
        assert run.alive, run.printed.read_text()
    run.kill()
    model = Run(forks, options, tmp_path, size).finish()
    assert "/checkpoint-" in (tmp_path / "log").read_text()
    assert losses(model) == pytest.approx(losses(single), rel=1e-5)
    check_only_new_rows_changed(parent, model)
