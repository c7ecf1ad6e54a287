"""A warm-up trains the rows of the new tokens and leaves every other bit as it was."""

import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM, BloomConfig, BloomForCausalLM

from scripts.common.errors import InputError
from scripts.common.files import read_json
from scripts.study.recipe import Lora, Optimization
from scripts.train.engines.state import collect, load_state, save_state
from scripts.train.lora import add_lora
from scripts.train.mapped_rows import MappedRows
from scripts.train.new_rows import add_new_rows, find_new_rows
from scripts.train.optimizing import make_optimizer
from scripts.train.packed_loss import PackedLoss, packed_loss
from scripts.train.processes import Processes
from scripts.train.throughput import Work
from scripts.train.train_model import check, parser
from tests.support.training_runs import Run, checkpoints, fingerprint, losses
from tests.support.warm_up import (
    PIECES,
    check_only_new_rows_changed,
    make_parent,
    pack_rows,
    warm_options,
)

TIES = ["tied", "untied"]


@pytest.fixture(scope="module")
def parents(tmp_path_factory) -> dict[str, Path]:
    """The extended models."""
    folder = tmp_path_factory.mktemp("parents")
    return {tie: make_parent(folder / tie, tie == "tied") for tie in TIES}


@pytest.fixture(scope="module")
def rows(parents, tmp_path_factory) -> Path:
    """Packed rows; both parents have the same tokens."""
    return pack_rows(parents["tied"], tmp_path_factory.mktemp("rows") / "toy")


@pytest.fixture(scope="module")
def warmed(forks, parents, rows, tmp_path_factory) -> dict[str, Path]:
    """The warmed-up models, each trained in one go."""
    folder = tmp_path_factory.mktemp("warmed")
    runs = {tie: Run(forks, warm_options(parents[tie], rows), folder / tie) for tie in TIES}
    return {tie: run.finish() for tie, run in runs.items()}


def load(folder: Path):
    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)


def batch(new: range) -> dict[str, torch.Tensor]:
    """Return a packed row of old and new tokens."""
    ids = torch.tensor([[5, new[0], 9, new[-1], new[1], 7, new[2], 11]])
    return {"input_ids": ids, "position_ids": torch.arange(8)[None], "labels": ids}


@torch.no_grad()
def nats(model: Path, rows: Path) -> float:
    """Return a model's loss on the first rows."""
    return packed_loss(load(model), **MappedRows(rows / "rows.arrow", 64).tensors(0, 16)).item()


@pytest.mark.parametrize("tie", TIES)
def test_it_changes_the_new_rows_and_no_other_bit(parents, rows, warmed, tie):
    check_only_new_rows_changed(parents[tie], warmed[tie])
    assert nats(warmed[tie], rows) < 0.98 * nats(parents[tie], rows)


@pytest.mark.parametrize("tie", TIES)
def test_loss_and_gradients_are_those_of_the_whole_model(parents, tie):
    """In float64, since the two sum in another order: float32 rounds as the processor does."""
    new = find_new_rows(parents[tie])
    whole, warm = load(parents[tie]).double(), load(parents[tie]).double()
    add_new_rows(warm, new)
    found = [packed_loss(model, **batch(new)) for model in (whole, warm)]
    torch.testing.assert_close(found[1], found[0])
    for loss in found:
        loss.backward()
    part = slice(new.start, new.stop)
    for ask in ("get_input_embeddings", "get_output_embeddings"):
        expected, rows = getattr(whole, ask)().weight.grad[part], getattr(warm, ask)().rows
        torch.testing.assert_close(rows.grad, expected, rtol=1e-6, atol=1e-6)
        assert rows.grad.abs().sum() > 0
    trained = {name for name, weight in warm.named_parameters() if weight.requires_grad}
    tied = {"model.embed_tokens.rows"}
    assert trained == (tied if tie == "tied" else tied | {"lm_head.rows"})
    assert all(weight.grad is None for weight in warm.parameters() if not weight.requires_grad)


RECIPE = Optimization(batch=1, learning_rate=0.1, weight_decay=0.1, betas=(0.9, 0.95))


def open_parts(parent: Path, train: Callable) -> tuple:
    """Return a model's module and optimizer, once `train` has chosen what is trained."""
    model = load(parent)
    train(model)
    module = PackedLoss(model)
    return module, make_optimizer(module, RECIPE), torch.amp.GradScaler(enabled=False)


@pytest.mark.parametrize("tie", TIES)
def test_a_checkpoint_holds_the_new_rows_alone(parents, tie):
    new = find_new_rows(parents[tie])
    module, optimizer, scaler = open_parts(parents[tie], lambda model: add_new_rows(model, new))
    module(**batch(new)).backward()
    optimizer.step()
    state = collect(module, optimizer, scaler)
    shapes = {(PIECES, 64)}
    assert {tuple(weight.shape) for weight in state["model"].values()} == shapes
    moments = [moment for moments in optimizer.state.values() for moment in moments.values()]
    assert {tuple(moment.shape) for moment in moments if moment.ndim} == shapes


def test_factors_of_lora_come_back_from_a_checkpoint_without_the_rest(parents, tmp_path):
    parent, new = parents["untied"], find_new_rows(parents["untied"])
    one, two = (open_parts(parent, lambda m: add_lora(m, Lora(rank=2))) for _ in range(2))
    one[0](**batch(new)).backward()
    one[1].step()
    processes = Processes(0, 1, torch.device("cpu"))
    save_state(tmp_path / "state", *one, processes)
    load_state(tmp_path / "state", *two, processes)
    saved = sum(file.stat().st_size for file in (tmp_path / "state").iterdir())
    assert saved < (parent / "model.safetensors").stat().st_size / 3
    for part in (0, 1):
        before, after = one[part].state_dict(), two[part].state_dict()
        assert before.keys() == after.keys()
    for name, weight in one[0].state_dict().items():
        assert torch.equal(two[0].state_dict()[name], weight), name


def test_a_killed_warm_up_ends_with_the_same_bytes(forks, parents, rows, warmed, tmp_path):
    options = warm_options(parents["untied"], rows)
    run = Run(forks, options, tmp_path)
    while len(checkpoints(tmp_path)) < 2:
        assert run.alive, run.printed.read_text()
        time.sleep(0.001)
    run.kill()
    assert not (tmp_path / "model").exists()
    saved = sum(file.stat().st_size for file in checkpoints(tmp_path)[0].rglob("*.distcp"))
    whole = (parents["untied"] / "model.safetensors").stat().st_size
    assert 3 * 2 * PIECES * 64 * 4 < saved < whole / 4
    done = Run(forks, options, tmp_path).finish()
    assert "starts from" in (tmp_path / "log").read_text()
    assert "/checkpoint-" in (tmp_path / "log").read_text()
    assert fingerprint(done) == fingerprint(warmed["untied"])


@pytest.mark.parametrize(
    ("more", "tolerance"),
    [
        (["--micro-batch", "1"], 1e-5),
        (["--gradient-checkpointing"], 1e-5),
        (["--precision", "bf16"], 0.02),
    ],
)
def test_how_it_is_computed_shows_in_rounding_only(
    forks, parents, rows, warmed, tmp_path, more, tolerance
):
    model = Run(forks, warm_options(parents["tied"], rows, *more), tmp_path).finish()
    assert losses(model) == pytest.approx(losses(warmed["tied"]), rel=tolerance)
    check_only_new_rows_changed(parents["tied"], model)


def test_a_warm_up_may_follow_a_stage_that_trained_all(forks, parents, rows, tmp_path):
    all_ = warm_options(parents["tied"], rows, "--trains", "all")
    stage = Run(forks, all_, tmp_path / "one").finish()
    assert read_json(stage / "extension.json") == read_json(parents["tied"] / "extension.json")
    model = Run(forks, warm_options(stage, rows), tmp_path / "two").finish()
    check_only_new_rows_changed(stage, model)
    assert read_json(model / "stage.json")["recipe"]["trains"] == "new_rows"


def test_a_parent_that_does_not_tell_its_new_rows_is_one_line(forks, parents, rows, tmp_path):
    parent = tmp_path / "old"
    shutil.copytree(parents["tied"], parent)
    (parent / "extension.json").unlink()
    run = Run(forks, warm_options(parent, rows), tmp_path / "run")
    assert run.wait() == [1]
    (line,) = run.printed.read_text().splitlines()
    assert line.startswith(f"error: {parent}: found no extension.json, expected that of a model")


def test_matrices_that_are_no_plain_ones_are_refused(parents):
    model, new = load(parents["tied"]), find_new_rows(parents["tied"])
    add_new_rows(model, new)
    with pytest.raises(InputError, match="found InputRows and OutputRows"):
        add_new_rows(model, new)
    with pytest.raises(InputError, match="brought no token"):
        add_new_rows(load(parents["tied"]), range(600, 600))


def test_a_model_without_position_ids_learns_its_new_rows_too():
    torch.manual_seed(1)
    model = BloomForCausalLM(BloomConfig(vocab_size=128, hidden_size=32, n_layer=1, n_head=2))
    add_new_rows(model, range(100, 110))
    packed_loss(model, **batch(range(100, 110))).backward()
    assert model.get_output_embeddings().rows is model.get_input_embeddings().rows
    assert model.get_input_embeddings().rows.grad.abs().sum() > 0


def test_recipes_that_train_all_keep_their_fingerprint(parents, rows):
    """Stages trained before there was the key must not train again."""
    words = ["--checkpoints", "c", "--output", "o"]
    options = [*warm_options(parents["tied"], rows), *words]
    silent = [word for word in options if word not in ("--trains", "new_rows")]
    recipes = [
        check(parser().parse_args(some)).stage["recipe"]
        for some in (silent, [*options, "--trains", "all"], options)
    ]
    assert "trains" not in recipes[0] and recipes[0] == recipes[1]
    assert recipes[2] == recipes[0] | {"trains": "new_rows"}


def test_frozen_weights_cost_no_gradient_of_their_own(parents):
    whole, new = Work.of(load(parents["untied"])), find_new_rows(parents["untied"])
    warm, lora = load(parents["untied"]), load(parents["untied"])
    add_new_rows(warm, new)
    found = Work.of(warm)
    assert found.body == whole.body * 4 / 6
    assert found.head == whole.head * 4 / 6 + 2 * PIECES * 64
    add_lora(lora, Lora(rank=2))
    added = sum(weight.numel() for weight in lora.parameters() if weight.requires_grad)
    assert Work.of(lora).body == whole.body * 4 / 6 + 6 * added
