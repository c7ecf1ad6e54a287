"""A resumed run restores its log from the checkpoint, whatever the logs in its folder are."""

from pathlib import Path

from scripts.train.training_log import HELD_OUT, LOG, SPEED, TrainingLog, logged_steps


def write_steps(folder: Path, count: int) -> TrainingLog:
    """Write the losses of `count` steps into a folder."""
    folder.mkdir(exist_ok=True)
    training_log = TrainingLog(folder, None, writes=False)
    for step in range(1, count + 1):
        training_log.write(LOG, {"step": step, "loss": 1.0})
    return training_log


def test_the_past_is_the_checkpoints(tmp_path):
    checkpoint = tmp_path / "checkpoint-3"
    checkpoint.mkdir()
    write_steps(tmp_path, 3).copy(checkpoint)
    write_steps(tmp_path, 5)  # more than the checkpoint has: a kill has undone it
    assert [line["step"] for line in logged_steps(checkpoint)] == [1, 2, 3]
    TrainingLog(tmp_path, checkpoint, writes=True)
    assert (tmp_path / LOG).read_bytes() == (checkpoint / LOG).read_bytes()


def test_a_run_without_a_checkpoint_has_no_past(tmp_path):
    write_steps(tmp_path, 5)
    assert logged_steps(None) == []
    TrainingLog(tmp_path, None, writes=True)
    assert not [name for name in (LOG, SPEED, HELD_OUT) if (tmp_path / name).exists()]
