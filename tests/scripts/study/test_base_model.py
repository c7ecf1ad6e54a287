"""A base is a folder in Hugging Face's layout or in Meta's; one laid out otherwise costs a line."""

from pathlib import Path

import pytest

from scripts.common.errors import InputError
from scripts.study.base_model import base_files, check_base, check_base_weights
from tests.support.meta_checkpoint import make_weights, write_checkpoint
from tests.support.published_models import POINTER

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


def test_what_is_not_a_folder_of_its_own_has_a_mark(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    fill(tmp_path / "7B", META)
    (tmp_path / "model.gguf").touch()
    check_base({"from": "meta:~/7B"})
    check_base({"from": "gguf:~/model.gguf"})
    assert base_files({"from": "gguf:~/model.gguf"}) == [tmp_path / "model.gguf"]
    check_base({"from": "hf:org/name@v1"})  # nothing is asked of the hub
    assert base_files({"from": "hf:org/name@v1"}) == [Path("results/raw/hf/org/name@v1.json")]


def test_a_snapshot_of_the_hubs_cache_is_a_folder(tmp_path, tiny_model):
    snapshot = tmp_path / "models--org--tiny/snapshots/0123"
    snapshot.mkdir(parents=True)
    for file in tiny_model.iterdir():
        (snapshot / file.name).symlink_to(file)
    base = {"from": str(snapshot)}
    check_base(base)
    check_base_weights(base)
    assert len(base_files(base)) == len(list(tiny_model.iterdir()))


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("org/name", "found no folder 'org/name'; the hub's model of that name is written hf:org/"),
        ("HF:org/name", "found no folder 'HF:org/name'; .* is written hf:org/name$"),
        ("https://huggingface.co/org/name/tree/main", ".* is written hf:org/name$"),
        ("~nobody-here/model", "found no home of '~nobody-here' in '~nobody-here/model'"),
        ("some/deep/folder", "found no folder 'some/deep/folder'$"),
        ("hf:org/name/x", "found 'hf:org/name/x', expected hf:org/name or hf:org/name@revision"),
        ("gguf:nothing.gguf", "found no file 'nothing.gguf', expected a model's GGUF file"),
        ("meta:nothing", "found no folder 'nothing'$"),
    ],
)
def test_what_is_not_there_is_refused(source, line):
    with pytest.raises(InputError, match=f"^base.from: {line}"):
        check_base({"from": source})


def test_a_gguf_file_is_written_with_its_mark(tmp_path):
    file = fill(tmp_path / "model", ["model.gguf"]) / "model.gguf"
    for source in (file, file.parent):
        with pytest.raises(InputError, match=f"a GGUF file is written gguf:{file}$"):
            check_base({"from": str(source)})


def test_files_that_are_pointers_or_cut_are_refused(tmp_path, tiny_model):
    folder = write_checkpoint(tmp_path / "7B", make_weights())
    (folder / "tokenizer.model").touch()
    base = {"from": f"meta:{folder}"}
    check_base_weights(base)
    file = folder / "consolidated.00.pth"
    summed = {"from": str(tiny_model), "minus": f"meta:{folder}"}
    file.write_bytes(file.read_bytes()[:-100])
    for found, key in [(base, "from"), (summed, "minus")]:
        with pytest.raises(InputError, match=f"^base.{key}: {file}: cannot be read, expected a wh"):
            check_base_weights(found)
    file.write_text(POINTER)
    (tmp_path / "model.gguf").write_text(POINTER)
    for found in (base, {"from": f"gguf:{tmp_path}/model.gguf"}):
        with pytest.raises(InputError, match=r"^base.from: .* is a pointer of Git LFS"):
            check_base_weights(found)


def test_one_part_of_a_gguf_file_is_refused(tmp_path):
    part = tmp_path / "model-00001-of-00003.gguf"
    part.touch()
    with pytest.raises(InputError, match="is one of several parts: join them"):
        check_base({"from": f"gguf:{part}"})


def test_what_a_base_was_summed_with_is_there(tmp_path):
    folder = fill(tmp_path / "model", HUGGING_FACE)
    original = fill(tmp_path / "7B", META)
    for minus in (f"meta:{original}", "nothing"):
        check_base({"from": str(folder), "minus": minus})
    lines = {"hf:org/name": "expected a folder, or meta: and a folder", str(original): "no weights",
             "meta:nowhere": "found no folder 'nowhere'"}  # fmt: skip
    for minus, line in lines.items():
        with pytest.raises(InputError, match=f"^base.minus: .*{line}"):
            check_base({"from": str(folder), "minus": minus})
