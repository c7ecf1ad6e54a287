"""What vLLM is asked, and what is written of its answers; a stand-in takes its place."""

import sys
from pathlib import Path

import pytest
import torch

from scripts.common.command import parse_each
from scripts.common.errors import InputError
from scripts.common.files import ROOT, read_json, read_jsonl, write_jsonl
from scripts.infer import answer_benchmarks, generate, vllm_engine
from scripts.infer.load import open_folder
from scripts.infer.prompts import encode_prompts
from scripts.infer.resume import partial_path
from scripts.infer.vllm_engine import seed_of
from scripts.study.prompts import get_format

COMMON = {"task": "translation", "instruction": "Translate.", "output": "海", "references": ["海"]}
STAND_IN = ROOT / "tests/support/stand_in"


@pytest.fixture
def calls(monkeypatch, tmp_path):
    """Let the stand-in be vLLM on a GPU; return what it was asked."""
    monkeypatch.syspath_prepend(STAND_IN)
    for name in [name for name in sys.modules if name.split(".")[0] == "vllm"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setenv("STAND_IN_CALLS", str(tmp_path / "calls.jsonl"))
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    yield lambda: read_jsonl(tmp_path / "calls.jsonl")
    for name in [name for name in sys.modules if name.split(".")[0] == "vllm"]:
        del sys.modules[name]


@pytest.fixture
def benchmark(tmp_path) -> Path:
    """A benchmark of translations."""
    records = ({"id": f"r{n}", "input": f"Sea {n}. " * (n + 1), **COMMON} for n in range(9))
    write_jsonl(tmp_path / "sea_en-zh.jsonl", records)
    return tmp_path / "sea_en-zh.jsonl"


def words(model, benchmark, output, *more) -> list[str]:
    """Return the command line that lets vLLM answer."""
    found = ["--model", model, "--benchmark", benchmark, "--output", output, "--format", "chatml"]
    found += ["--batch-size", "2", "--max-new-tokens", "5", "--dtype", "float32"]
    return [str(word) for word in [*found, "--engine", "vllm", *more]]


def answer(command: list[str]) -> None:
    answer_benchmarks.main(parse_each(answer_benchmarks.parser(), command))


def test_it_is_asked_our_prompts_as_ids_in_groups(tiny_model, benchmark, tmp_path, calls):
    output = tmp_path / "answers.jsonl"
    answer(words(tiny_model, benchmark, output))
    begun, *asked = calls()
    assert (begun["model"], begun["dtype"], begun["max_num_seqs"]) == (
        str(tiny_model),
        "float32",
        2,
    )
    assert begun["tensor_parallel_size"] == 1 and begun["generation_config"] == "vllm"
    _, tokenizer = open_folder(tiny_model)
    records = read_jsonl(benchmark)
    prompts = encode_prompts(records, get_format("chatml"), tokenizer, 400).ids
    sent = [one["prompt_token_ids"] for call in asked[:2] for one in call["prompts"]]
    assert [len(call["prompts"]) for call in asked[:2]] == [8, 1]
    assert sent == sorted(prompts, key=lambda ids: -len(ids))
    # Some are asked again, one at a time, to tell how many differ.
    assert {len(call["prompts"]) for call in asked[2:]} == {1}
    (plain,) = {str(one) for call in asked for one in call["sampling"]}
    closing = [tokenizer.eos_token_id]
    assert asked[0]["sampling"][0] == {
        "temperature": 0.0, "top_p": 1.0, "top_k": 0, "seed": None, "max_tokens": 5, "stop": [],
        "stop_token_ids": closing, "skip_special_tokens": False, "structured_outputs": None,
    }, plain  # fmt: skip
    predictions = read_jsonl(output)
    assert [one["id"] for one in predictions] == [one["id"] for one in records]
    expected = [tokenizer.decode(ids[-6:][:4], skip_special_tokens=True) for ids in prompts]
    assert [one["prediction"] for one in predictions] == [text.strip() for text in expected]
    assert {one["tokens"] for one in predictions} == {5}
    settings = read_json(f"{output}.meta.json")["settings"]
    assert (settings["engine"], settings["device"], settings["dtype"]) == (
        "vllm",
        "cuda",
        "float32",
    )
    assert settings["differing"] == {"answers": 0, "of": 1, "batch": 1}


def test_draws_labels_and_stops_are_vllms(tiny_model, benchmark, tmp_path, calls):
    drawn = '{"temperature": 0.7, "top_p": 0.9, "top_k": 40, "stop": ["\\n\\n"]}'
    answer(words(tiny_model, benchmark, tmp_path / "a.jsonl", "--answer", drawn, "--seed", "3"))
    asked = calls()[1]["sampling"]
    assert {(one["temperature"], one["top_p"], one["top_k"]) for one in asked} == {(0.7, 0.9, 40)}
    assert asked[0]["stop"] == ["\n\n"] and asked[0]["seed"] == seed_of(3, "r8")
    assert len({one["seed"] for one in asked}) == len(asked)
    labels = '{"labels": ["one of these", "a much longer label than five tokens"]}'
    answer(words(tiny_model, benchmark, tmp_path / "b.jsonl", "--answer", labels))
    held = calls()[-1]["sampling"][0]
    assert held["structured_outputs"] == {
        "choice": ["one of these", "a much longer label than five tokens"]
    }
    assert held["max_tokens"] > 5


def test_what_a_killed_process_has_kept_is_not_asked_again(
    tiny_model, benchmark, tmp_path, calls, monkeypatch
):
    output = tmp_path / "answers.jsonl"
    answer(words(tiny_model, benchmark, tmp_path / "whole.jsonl"))
    asked = len(calls())
    whole = vllm_engine.VllmAnswerer.__call__

    def fail_second(self, prompts, *others):
        if partial_path(output).read_bytes().count(b"\n") > 1:
            raise KeyboardInterrupt
        return whole(self, prompts, *others)

    monkeypatch.setattr(vllm_engine.VllmAnswerer, "__call__", fail_second)
    with pytest.raises(KeyboardInterrupt):
        answer(words(tiny_model, benchmark, output))
    monkeypatch.setattr(vllm_engine.VllmAnswerer, "__call__", whole)
    before = len(calls())
    answer(words(tiny_model, benchmark, output))
    assert output.read_bytes() == (tmp_path / "whole.jsonl").read_bytes()
    # vLLM begins, is asked the second group, and one record again.
    assert [len(call.get("prompts", [])) for call in calls()[before:]] == [0, 1, 1]
    assert asked == 4


def test_what_transformers_generated_is_asked_again(tiny_model, benchmark, tmp_path, calls):
    output = tmp_path / "answers.jsonl"
    plain = words(tiny_model, benchmark, output)
    place = plain.index("--engine")
    generate.main(generate.parser().parse_args(words(tiny_model, benchmark, output)))
    first = read_json(f"{output}.meta.json")["settings"]["fingerprint"]
    monkey = plain[:place] + plain[place + 2 :]
    arguments = generate.parser().parse_args(monkey)
    assert generate.read_inference(arguments).mark != first
    assert "engine" not in generate.read_inference(arguments).options


def test_without_vllm_or_a_gpu_there_is_one_line(tiny_model, benchmark, tmp_path, monkeypatch):
    command = words(tiny_model, benchmark, tmp_path / "answers.jsonl")
    with pytest.raises(InputError, match=r"^infer.engine: vllm: found no GPU; write"):
        answer(command)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    with pytest.raises(InputError, match=r"^infer.engine: vllm: not installed in this Python"):
        answer(command)
