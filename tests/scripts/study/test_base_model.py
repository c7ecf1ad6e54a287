"""A base is a folder in Hugging Face's layout or in Meta's; one laid out otherwise costs a line."""

import pytest

from scripts.common.errors import InputError
from scripts.study.base_model import base_files, check_base

META = ("consolidated.00.pth", "consolidated.01.pth", "params.json", "tokenizer.model", "x.chk")
HUGGING_FACE = ("config.json", "model.safetensors", "tokenizer.json")


def fill(folder, names):
    folder.mkdir()
    for name in names:
        (folder / name).touch()
    return folder


def test_only_files_that_the_model_is_made_of_are_its_inputs(tmp_path, tiny_model):
    meta = {"from": f"meta:{fill(tmp_path / 'meta', META)}"}
    check_base(meta)
    assert [file.name for file in base_files(meta)] == list(META[:4])
    plain = {"from": str(tiny_model)}
    check_base(plain)
    assert {file.name for file in base_files(plain)} > set(HUGGING_FACE)


def test_the_tokenizer_may_lie_beside_the_folder_as_meta_ships_it(tmp_path):
    (tmp_path / "tokenizer.model").touch()
    base = {"from": f"meta:{fill(tmp_path / '7B', META[:3])}"}
    check_base(base)
    assert base_files(base)[-1] == tmp_path / "tokenizer.model"


@pytest.mark.parametrize(
    ("prefix", "names", "line"),
    [
        ("", META, "found no config.json in .* for Meta's layout write meta:"),
        ("", HUGGING_FACE[:2], "found no tokenizer in .*tokenizer.json or tokenizer.model"),
        ("meta:", HUGGING_FACE, "found no params.json in .* leave 'meta:' out"),
        ("meta:", META[1:], r"found no consolidated.00.pth in .* \(found consolidated.01.pth\)"),
        ("meta:", META[2:], r"found no consolidated.00.pth in .* \(found no other\)"),
        ("meta:", META[:3], "found no tokenizer.model"),
    ],
)
def test_a_folder_laid_out_otherwise_is_refused(tmp_path, prefix, names, line):
    folder = fill(tmp_path / "model", names)
    with pytest.raises(InputError, match=f"^base.from: {line}") as error:
        check_base({"from": f"{prefix}{folder}"})
    assert "\n" not in str(error.value)
