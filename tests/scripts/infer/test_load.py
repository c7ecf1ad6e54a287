"""A damaged model folder, or a benchmark of something else, is one line that names it."""

import shutil
from pathlib import Path

import pytest
import torch

from scripts.common import processor
from scripts.common.errors import InputError
from scripts.common.files import read_json, write_json, write_jsonl
from scripts.infer import generate, measure_text, rank_choices
from scripts.infer.load import load_model


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def more_layers(path: Path) -> None:
    write_json(path, read_json(path) | {"num_hidden_layers": 3})


def wider(path: Path) -> None:
    write_json(path, read_json(path) | {"intermediate_size": 8})


@pytest.mark.parametrize(
    ("name", "damage", "message"),
    [
        ("config.json", cut, r"config\.json: not JSON"),
        ("config.json", lambda path: path.write_text("[]"), r"config\.json: found no JSON object"),
        ("config.json", lambda path: path.write_text("{}"), "cannot be read"),
        ("config.json", more_layers, r"the weights lack model\.layers\.2\."),
        ("config.json", wider, r"cannot be read .*, expected a model whose config\.json fits"),
        ("tokenizer.json", cut, "cannot be read .*, expected a model's tokenizer"),
        ("tokenizer_config.json", cut, "cannot be read .*, expected a model's tokenizer"),
        ("model.safetensors", cut, r"model\.safetensors: cannot be read"),
        ("model.safetensors", Path.unlink, r"found no \*\.safetensors"),
    ],
)
def test_a_damaged_model_is_one_line(tiny_model, tmp_path, name, damage, message):
    folder = tmp_path / "model"
    shutil.copytree(tiny_model, folder)
    damage(folder / name)
    with pytest.raises(InputError, match=f"^{folder}.*{message}") as caught:
        load_model(folder)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("flags", "dtype"),
    [
        ("fpu avx512f avx512_bf16", torch.bfloat16),
        ("fpu amx_bf16", torch.bfloat16),
        ("fpu avx512f", torch.float32),
    ],
)
def test_auto_is_what_the_processor_is_made_for(tiny_model, tmp_path, monkeypatch, flags, dtype):
    (tmp_path / "cpuinfo").write_text(f"processor : 0\nflags : {flags}\n")
    monkeypatch.setattr(processor, "CPUINFO", tmp_path / "cpuinfo")
    monkeypatch.delenv("ONEDNN_MAX_CPU_ISA")
    assert load_model(tiny_model)[0].dtype == dtype
    assert load_model(tiny_model, "float32")[0].dtype == torch.float32
    assert load_model(tiny_model, "bfloat16")[0].dtype == torch.bfloat16


@pytest.mark.parametrize(
    ("script", "record", "message"),
    [
        (generate, {"task": "translation", "id": "1", "input": "a"}, "no key 'instruction'"),
        (generate, {"task": "translation", "instruction": "a", "input": "a"}, "no key 'id'"),
        (generate, {"task": "text", "id": "1"}, "task 'text', expected 'answer'"),
        (rank_choices, {"task": "choice", "id": "1", "instruction": "a"}, "no key 'input'"),
        (measure_text, {"task": "text", "id": "1"}, "no key 'text', expected a record of text"),
        (measure_text, {"task": "text", "id": "1", "text": 3}, "text: found 3, expected a text"),
        (measure_text, None, "not JSON"),
    ],
)
def test_a_record_that_cannot_be_asked_is_named(tiny_model, tmp_path, script, record, message):
    path = tmp_path / "b.jsonl"
    path.write_text("x\n") if record is None else write_jsonl(path, [record])
    words = ["--model", str(tiny_model), "--benchmark", str(path), "--output", "never.jsonl"]
    words += [] if script is measure_text else ["--format", "chatml"]
    with pytest.raises(InputError, match=f"^{path}:1: .*{message}") as caught:
        script.main(script.parser().parse_args(words))
    assert "\n" not in str(caught.value)
