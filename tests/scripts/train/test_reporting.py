"""The progress over stages counts what is done, what runs, and what is still to come."""

import pytest

from scripts.train.reporting import describe_progress, describe_seconds

STAGES = {"pretrain": 60_000, "task": 30_000, "dialogue": 10_000}


def finish(folder, *names):
    for name in names:
        (folder / name).mkdir()


def test_finished_stages_count_as_done_and_the_rest_takes_time(tmp_path):
    finish(tmp_path, "base", "pretrain")
    text = describe_progress(STAGES, tmp_path, "task", 15_000, 50)
    assert text == "stage 2 of 3, study 8 min left"  # (15,000 + 10,000) / 50 = 500 s


def test_a_stage_trained_anew_is_not_done_though_its_old_folder_is_there(tmp_path):
    finish(tmp_path, "pretrain", "task", "dialogue")
    assert describe_progress(STAGES, tmp_path, "task", 0, 500) == "stage 3 of 3, study 1 min left"


def test_without_a_speed_no_time_is_told(tmp_path):
    assert describe_progress(STAGES, tmp_path, "pretrain", 0, 0) == "stage 1 of 3"


def test_more_tokens_than_planned_never_count_backwards(tmp_path):
    finish(tmp_path, "pretrain", "task")
    assert describe_progress(STAGES, tmp_path, "dialogue", 99_999, 10).endswith("study 0 s left")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(40.2, "40 s"), (59.9, "1 min"), (719, "12 min"), (3599, "1 h 0 min"), (12_000, "3 h 20 min"),
     (187_200, "2 d 4 h")],
)  # fmt: skip
def test_durations_are_told_in_the_largest_units(seconds, text):
    assert describe_seconds(seconds) == text
