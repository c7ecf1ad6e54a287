"""Old checkpoints make room for new ones, and nothing else does."""

import shutil

import pytest
import torch

from scripts.study.run import Run
from scripts.train.checkpoints import find_checkpoint, is_due, open_folder, write_checkpoint
from scripts.train.processes import Processes


def test_only_folders_of_other_fingerprints_are_deleted(tmp_path):
    """Else ``--checkpoints ~`` would empty a home."""
    digest, old = "0123456789abcdef", "fedcba9876543210"
    for name in (digest, old, "thesis", "0123"):
        (tmp_path / name).mkdir()
    assert open_folder(tmp_path, digest) == tmp_path / digest
    assert {path.name for path in tmp_path.iterdir()} == {digest, "thesis", "0123"}


@pytest.mark.parametrize(
    ("left", "seconds", "expected"),
    [
        (1000, 119, False),
        (1000, 120, True),
        (6, 120, True),  # at 2 s a step they take 12 s, a tenth of the two minutes
        (5, 120, False),
        (5, 600, True),  # 10 s a step
        (0, 120, False),
    ],
)
def test_a_checkpoint_is_due_but_not_shortly_before_the_end(left, seconds, expected):
    assert is_due(Run(checkpoint_minutes=2), 60, left, seconds, taken=60) == expected


def test_what_is_asked_for_after_every_step_is_due_near_the_end_too():
    assert is_due(Run(checkpoint_minutes=0), 9, 1, 0.1, taken=1)
    assert is_due(Run(checkpoint_steps=3), 9, 1, 0.1, taken=3)
    assert not is_due(Run(checkpoint_steps=3), 8, 2, 0.1, taken=2)


@pytest.mark.parametrize("other", ["stage-b/checkpoint-2", "stage-a/checkpoint-1"])
def test_another_stages_or_steps_checkpoint_is_not_continued_from(tmp_path, other):
    """Whole as it may be: nothing in its files tells where it belongs."""
    processes = Processes(0, 1, torch.device("cpu"))
    for stage in ("stage-a", "stage-b"):
        for step in (1, 2):
            (tmp_path / stage).mkdir(exist_ok=True)
            write_checkpoint(
                tmp_path / stage, step, lambda folder: (folder / "w").write_text("w"), processes
            )
    newest = tmp_path / "stage-a" / "checkpoint-2"
    assert find_checkpoint(newest.parent, processes) == newest
    shutil.rmtree(newest)
    shutil.copytree(tmp_path / other, newest)
    assert find_checkpoint(newest.parent, processes) == newest.with_name("checkpoint-1")
