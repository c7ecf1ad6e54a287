"""Bad input to extend_model: one line that names it, and nothing written."""

import shutil
import subprocess
import sys

import pytest
import torch
from safetensors.torch import load_file, save_file

from scripts.common.errors import InputError
from scripts.common.files import ROOT, read_json, write_json
from scripts.tokenizer.weight_files import INDEX, SINGLE
from tests.support.extended_models import INPUT, run


def break_weights(base):
    (base / SINGLE).unlink()


def break_header(base):
    (base / SINGLE).write_bytes(b"\x10" + b"\0" * 7 + b"no JSON at all..")


def rename_matrix(base):
    tensors = load_file(base / SINGLE)
    tensors["other.weight"] = tensors.pop(INPUT)
    save_file(tensors, base / SINGLE)


def quantize(base):
    tensors = load_file(base / SINGLE)
    tensors[INPUT] = tensors[INPUT].to(torch.int8)
    save_file(tensors, base / SINGLE)


def lose_shard(base):
    tensors = load_file(base / SINGLE)
    (base / SINGLE).unlink()
    write_json(
        base / INDEX, {"metadata": {}, "weight_map": dict.fromkeys(tensors, "1.safetensors")}
    )


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (break_weights, r"base: found no model\.safetensors and no .*expected a model's weights"),
        (break_header, r"model\.safetensors: no safetensors file"),
        (rename_matrix, r"its weights have no tensor model\.embed_tokens\.weight"),
        (quantize, r"model\.embed_tokens\.weight has I8; expected F32, F16 or BF16"),
        (lose_shard, r"base: found no 1\.safetensors, which model\.safetensors\.index\.json names"),
    ],
)
def test_a_base_without_usable_weights_is_refused(
    make_base, extended_tokenizer, tmp_path, spoil, message
):
    base = make_base()
    spoil(base)
    with pytest.raises(InputError, match=message):
        run(base, extended_tokenizer, tmp_path / "extended")
    assert not (tmp_path / "extended").exists()
    assert not list(tmp_path.glob("*.partial"))


def test_a_model_with_fewer_rows_than_tokens_is_refused(make_base, extended_tokenizer, tmp_path):
    with pytest.raises(InputError, match="64 embedding rows; expected at least the"):
        run(make_base(rows=64), extended_tokenizer, tmp_path / "extended")


def test_another_base_than_the_extended_one_is_refused(make_base, extended_tokenizer, tmp_path):
    base = make_base()
    spec = read_json(base / "tokenizer.json")
    first, second, *_ = spec["model"]["vocab"]
    vocab = spec["model"]["vocab"]
    vocab[first], vocab[second] = vocab[second], vocab[first]
    write_json(base / "tokenizer.json", spec)
    with pytest.raises(InputError, match=r"base: not the model whose tokenizer .*tokenizer extend"):
        run(base, extended_tokenizer, tmp_path / "extended")
    (base / "stage.json").unlink()
    with pytest.raises(InputError, match=r"base: found no stage\.json, expected a model of"):
        run(base, extended_tokenizer, tmp_path / "extended")


def test_nothing_that_is_read_is_written_over(make_base, extended_tokenizer):
    base = make_base()
    with pytest.raises(InputError, match=r"--output .*base: is read too; expected another folder"):
        run(base, extended_tokenizer, base)
    assert (base / SINGLE).is_file()


@pytest.mark.parametrize("text", ["{}", "[1]", "x", '{"base_size": 501}'])
def test_a_spoilt_extension_is_refused(make_base, extended_tokenizer, tmp_path, text):
    tokenizer = shutil.copytree(extended_tokenizer, tmp_path / "spoilt")
    (tokenizer / "extension.json").write_text(text)
    with pytest.raises(InputError, match=r"extension\.json: not as extend_tokenizer writes it"):
        run(make_base(), tokenizer, tmp_path / "extended")


def test_a_tokenizer_that_was_not_extended_is_refused(make_base, tmp_path):
    base = make_base()
    with pytest.raises(InputError, match=r"no extension\.json"):
        run(base, base, tmp_path / "extended")


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--embeddings", "zeros"], "--embeddings: unknown method 'zeros'; expected mean, mean_no"),
        (["--embeddings", "mean_noise"], "--embeddings mean_noise: expected --seed"),
        (["--embeddings", "focus"], "--embeddings focus: expected --auxiliary"),
        (["--embeddings", "focus", "--auxiliary", "nowhere"], "nowhere: no vectors of train_aux"),
    ],
)
def test_a_method_that_is_unknown_or_lacks_something_is_refused(
    make_base, extended_tokenizer, tmp_path, more, message
):
    with pytest.raises(InputError, match=message):
        run(make_base(), extended_tokenizer, tmp_path / "extended", *more)


def test_auxiliary_vectors_of_another_tokenizer_are_refused(
    make_base, extended_tokenizer, auxiliary, tmp_path
):
    base, other = make_base(), shutil.copytree(extended_tokenizer, tmp_path / "other")
    spec = read_json(other / "tokenizer.json")
    spec["model"]["fuse_unk"] = not spec["model"]["fuse_unk"]
    write_json(other / "tokenizer.json", spec)
    for tokenizer, path, message in (
        (other, auxiliary, "these are vectors of another tokenizer than .*other"),
        (extended_tokenizer, base / SINGLE, "no file of train_auxiliary"),
    ):
        with pytest.raises(InputError, match=message):
            run(
                base, tokenizer, tmp_path / "extended", "--embeddings", "focus", "--auxiliary", path
            )


def test_the_command_line_says_it_in_one_line(bare_base, extended_tokenizer, tmp_path):
    command = [
        "--base",
        bare_base,
        "--tokenizer",
        extended_tokenizer,
        "--output",
        tmp_path / "extended",
    ]
    done = subprocess.run(
        [sys.executable, "-m", "scripts.tokenizer.extend_model", *map(str, command)],
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    assert done.returncode == 1
    assert done.stderr.count("error: ") == 1 and "Traceback" not in done.stderr
