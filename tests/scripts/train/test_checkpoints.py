"""Old checkpoints make room for new ones, and nothing else does."""

import pytest

from scripts.study.run import Run
from scripts.train.checkpoints import is_due, open_folder


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
