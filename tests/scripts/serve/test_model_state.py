"""A served model is the one that its server was started with."""

import shutil

import pytest

from scripts.common.digests import write_digests
from scripts.common.errors import InputError
from scripts.common.files import write_json
from scripts.serve.model_state import check_state, weights_of


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "m"
    write_json(folder / "stage.json", {"weights": "first"})
    (folder / "model.safetensors").write_bytes(b"01")
    write_digests(folder)
    return folder


def test_what_was_changed_built_again_or_removed_is_refused(folder):
    weights = weights_of(folder)
    check_state(folder, weights)
    (folder / "model.safetensors").write_bytes(b"00")
    with pytest.raises(InputError, match=r"model\.safetensors: damaged, or changed by hand"):
        check_state(folder, weights)
    write_json(folder / "stage.json", {"weights": "second"})
    write_digests(folder)
    for _ in range(2):
        with pytest.raises(InputError, match="m: gone, or built again, since the server"):
            check_state(folder, weights)
        shutil.rmtree(folder, ignore_errors=True)


def test_a_persons_own_folder_has_neither_stage_nor_digests(tmp_path):
    assert weights_of(tmp_path) == ""
    check_state(tmp_path, "")
