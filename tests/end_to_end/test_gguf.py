"""A release as GGUF: llama.cpp reads the same ids and gives the same answers."""

import json
import shutil
from itertools import takewhile
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedModel

from scripts.common.files import read_json, write_json
from tests.support.neural_study import in_environment
from tests.support.releases import KINDS, Lineage, make_lineage, mixed_lines, release
from tests.support.tiny_study import copy_study, snakemake

MOST = 24


@pytest.fixture(scope="module", params=KINDS)
def lineage(request, tmp_path_factory, corpora) -> Lineage:
    return make_lineage(tmp_path_factory.mktemp(request.param), request.param, corpora)


@pytest.fixture(scope="module")
def released(lineage, tmp_path_factory) -> Path:
    return release(lineage, tmp_path_factory.mktemp("release") / "billa-zh")


def export(folder: Path, base: Path, output: Path, *more: str) -> Path:
    """Run export_gguf in its environment."""
    command = ["--release", folder, "--base", base, "--format", "billa", "--output", output]
    in_environment("gguf", "-m", "scripts.convert.export_gguf", *map(str, command), *more)
    return output


def ask(file: Path, asked: dict, place: Path) -> dict:
    """Return what llama.cpp answers."""
    write_json(place / "asked.json", asked)
    paths = [str(path) for path in (file, place / "asked.json", place / "found.json")]
    in_environment("gguf", "-m", "tests.support.read_gguf", *paths)
    return json.loads((place / "found.json").read_text())


def load(folder: Path, kind: str) -> PreTrainedModel:
    """Return the model, its weights rounded to a type and its arithmetic in float32."""
    rounded = {"f32": torch.float32, "f16": torch.float16}[kind]
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    return model.to(rounded).to(torch.float32)


def answer(model: PreTrainedModel, prompts: list[list[int]]) -> list[list[int]]:
    """Return the greedy answers of transformers."""
    found = []
    for prompt in prompts:
        mask = torch.ones(1, len(prompt), dtype=torch.long)
        ids = model.generate(
            torch.tensor([prompt]), attention_mask=mask, do_sample=False, max_new_tokens=MOST
        )
        found.append(ids[0, len(prompt) :].tolist())
    return found


def widest_gap(model: PreTrainedModel, prompt: list[int], ids: list[int]) -> float:
    """Return by how much, at most, a token of an answer is less likely than the likeliest."""
    with torch.inference_mode():
        logits = model(torch.tensor([prompt + ids])).logits[0, len(prompt) - 1 : -1]
    own = logits.gather(1, torch.tensor(ids)[:, None])[:, 0]
    return (logits.max(dim=1).values - own).max().item()


def cut(answers: list[list[int]], ends: set[int]) -> list[list[int]]:
    """Return answers up to the first token that ends one."""
    return [list(takewhile(lambda token: token not in ends, ids)) for ids in answers]


@pytest.mark.parametrize("kind", ["f32", "f16"])
def test_ids_prompts_and_answers_are_those_of_transformers(lineage, released, kind, tmp_path):
    file = export(released, lineage.base, tmp_path / "billa-zh.gguf", "--type", kind)
    tokenizer, lines = AutoTokenizer.from_pretrained(released), mixed_lines()
    chats = [[{"role": "user", "content": line}] for line in lines[:60]]
    texts = tokenizer.apply_chat_template(chats, add_generation_prompt=True, tokenize=False)
    prompts = tokenizer(texts, add_special_tokens=False)["input_ids"]
    asked = {"texts": lines, "prompts": prompts, "most": MOST, "chats": chats}
    found = ask(file, asked, tmp_path)
    assert found["ids"] == tokenizer(lines)["input_ids"]
    # llama.cpp puts the token that begins a text in front of a prompt by itself.
    assert found["chats"] == [text.removeprefix("<s>") for text in texts]
    # llama.cpp ends an answer at every token that it knows by its name to end one.
    names = ("<|endoftext|>", "<|im_end|>", "</s>")
    ends = {tokenizer.get_vocab().get(name, -1) for name in names}
    answers, model = cut(found["answers"], ends), load(released, kind)
    expected = cut(answer(model, prompts), ends)
    others = [row for row, ids in enumerate(answers) if ids != expected[row]]
    # Beside weights in float16 llama.cpp rounds what they are multiplied by: ties may be broken
    # otherwise.
    assert len(others) <= (0 if kind == "f32" else 6)
    assert all(widest_gap(model, prompts[row], answers[row]) < 0.02 for row in others)
    assert len(set(map(tuple, answers))) > 5
    assert 'PARAMETER stop "' in (tmp_path / "billa-zh.Modelfile").read_text()


def test_a_way_to_split_text_that_llama_cpp_lacks_is_one_line(lineage, released, tmp_path):
    if (released / "tokenizer.model").is_file():
        pytest.skip("SentencePiece does not split text")
    folder = tmp_path / "odd"
    shutil.copytree(released, folder)
    spec = read_json(folder / "tokenizer.json")
    split = {"type": "Split", "pattern": {"Regex": r"\p{L}{1,2}|\P{L}"}, "behavior": "Isolated"}
    last = spec["pre_tokenizer"] | {"use_regex": False}
    steps = [split | {"invert": False}, last]
    spec["pre_tokenizer"] = {"type": "Sequence", "pretokenizers": steps}
    write_json(folder / "tokenizer.json", spec)
    with pytest.raises(AssertionError, match="no known name for how it splits text; name one of"):
        export(folder, lineage.base, tmp_path / "odd.gguf")
    with pytest.raises(AssertionError, match=r"llama\.cpp reads .* \(split as gpt-2\)"):
        export(folder, lineage.base, tmp_path / "odd.gguf", "--pre-tokenizer", "gpt-2")
    assert not (tmp_path / "odd.gguf").exists()


def test_a_sum_of_word_embeddings_is_refused(lineage, released, tmp_path):
    folder = tmp_path / "sum"
    shutil.copytree(released, folder)
    write_json(folder / "lineage.json", {"stages": [], "plus": "meta:/llama/7B"})
    with pytest.raises(AssertionError, match="a sum with those of meta:/llama/7B"):
        export(folder, lineage.base, tmp_path / "sum.gguf")


def test_a_studys_model_is_a_target(tiny_study, tmp_path):
    copy_study(tiny_study, tmp_path / "tiny")
    snakemake(tmp_path / "tiny", "--cores", "2", "results/release/x-tiny-zh.gguf")
    text = (tmp_path / "tiny/results/release/x-tiny-zh.Modelfile").read_text()
    assert text.startswith("FROM ./x-tiny-zh.gguf\n") and "<|im_start|>user\n{{ .Prompt }}" in text
