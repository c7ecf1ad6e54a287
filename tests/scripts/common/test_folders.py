"""A folder that lingraft has not written is never replaced; its own are, partial ones too."""

from pathlib import Path

import pytest

from scripts.common.errors import InputError
from scripts.common.files import atomic_path
from scripts.common.folders import MARKS, check_replaceable


def make(folder: Path, *names: str) -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("precious")
    return folder


def test_a_users_own_folder_is_refused_before_anything_is_made(tmp_path):
    mine = make(tmp_path / "mine", "thesis/chapter.tex")
    message = "mine: found a folder that lingraft has not written"
    with pytest.raises(InputError, match=message), atomic_path(mine):
        raise AssertionError("the work has begun")
    assert (mine / "thesis/chapter.tex").read_text() == "precious"


@pytest.mark.parametrize("mark", MARKS)
def test_a_folder_with_a_mark_is_made_again(tmp_path, mark):
    check_replaceable(make(tmp_path / "model", "model.safetensors", mark))


def test_a_described_folder_and_one_that_holds_no_file_are_made_again(tmp_path):
    check_replaceable(tmp_path / "new")
    described = make(tmp_path / "model", "model.safetensors")
    with pytest.raises(InputError):
        check_replaceable(described)
    (tmp_path / "model.meta.json").touch()
    check_replaceable(described)
    links = tmp_path / "links"
    (links / "empty").mkdir(parents=True)
    (links / "weights").symlink_to(described / "model.safetensors")
    check_replaceable(links)


def test_what_a_failed_job_left_in_results_is_made_again(tmp_path, monkeypatch):
    """Snakemake has deleted its stage.json by then."""
    folder = make(tmp_path / "results/models/base", "model.safetensors")
    with pytest.raises(InputError):
        check_replaceable(folder)
    monkeypatch.chdir(tmp_path)
    check_replaceable(folder)
    check_replaceable(Path("results/models/base"))
    with pytest.raises(InputError):
        check_replaceable(make(Path("other"), "file"))
