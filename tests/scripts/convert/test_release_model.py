"""A release is what its model is, in a form that every reader takes."""

import json
import stat
import subprocess
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM, AutoTokenizer, Gemma3TextConfig, LlamaConfig

from scripts.common.errors import InputError
from scripts.common.files import read_json, write_json
from scripts.convert import import_model
from scripts.convert.cast_weights import cast_weights
from scripts.convert.published import keep_published
from scripts.convert.release_config import published_type, write_config
from scripts.convert.release_tokenizer import write_settings
from scripts.convert.summed_embeddings import digest_embeddings, read_embeddings
from scripts.pack.rendering import Vocabulary
from scripts.study.prompts import get_format
from tests.support.extended_models import save_model
from tests.support.releases import KINDS, Lineage, make_lineage, mixed_lines, release


@pytest.fixture(scope="module", params=KINDS)
def lineage(request, tmp_path_factory, corpora) -> Lineage:
    return make_lineage(tmp_path_factory.mktemp(request.param), request.param, corpora)


@pytest.fixture(scope="module")
def released(lineage, tmp_path_factory) -> Path:
    return release(lineage, tmp_path_factory.mktemp("release") / "billa-zh")


def test_all_of_it_is_there_and_everybody_may_read_it(lineage, released):
    names = {file.name for file in released.iterdir()}
    assert names >= {
        "README.md", "SHA256SUMS", "chat_template.jinja", "config.json", "extension.json",
        "generation_config.json", "lineage.json", "model.safetensors", "stage.json",
        "tokenizer.json", "tokenizer_config.json",
    }  # fmt: skip
    assert ("tokenizer.model" in names) == (lineage.base / "tokenizer.model").is_file()
    modes = {stat.S_IMODE(file.stat().st_mode) for file in released.iterdir()}
    assert modes == {0o644} and stat.S_IMODE(released.stat().st_mode) == 0o755
    done = subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=released)
    assert done.returncode == 0
    listed = {line.split("  ")[1] for line in (released / "SHA256SUMS").read_text().splitlines()}
    assert listed == names - {"SHA256SUMS"}
    stages = read_json(released / "lineage.json")["stages"]
    assert [stage["model"] for stage in stages] == ["base", "billa-zh"]
    assert stages[-1] == read_json(lineage.model / "stage.json")


def test_the_chat_template_gives_the_prompt_that_the_study_asks_with(lineage, released):
    tokenizer = AutoTokenizer.from_pretrained(released)
    vocabulary, form = Vocabulary.load(lineage.model), get_format("billa")
    for line in mixed_lines(300):
        record = {"instruction": line, "input": ""}
        (expected,) = vocabulary.encode([form.render(record)], special=True)
        found = tokenizer.apply_chat_template(
            [{"role": "user", "content": line}], add_generation_prompt=True, return_dict=False
        )
        assert found == expected


def test_logits_are_those_of_the_model(lineage, released):
    ids = torch.tensor([[1, 5, 300, 420, 7]])
    before, after = (
        AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
        for folder in (lineage.model, released)
    )
    with torch.inference_mode():
        assert torch.equal(before(ids).logits, after(ids).logits)


def test_generation_ends_where_answers_were_trained_to_end(lineage, released):
    found = read_json(released / "generation_config.json")
    end = Vocabulary.load(lineage.model).eos
    assert found["eos_token_id"] == end and found["pad_token_id"] == end


def test_the_same_bytes_every_time(lineage, released, tmp_path):
    again = release(lineage, tmp_path / "billa-zh")
    for file in released.iterdir():
        assert (again / file.name).read_bytes() == file.read_bytes(), file.name


def test_weights_have_the_number_type_that_the_base_was_published_in(lineage, tmp_path):
    published = tmp_path / "published"
    write_json(published / "config.json", {"text_config": {"torch_dtype": "bfloat16"}})
    (published / "LICENSE.txt").write_text("as you like")
    base = tmp_path / "base"
    base.mkdir()
    for file in lineage.base.iterdir():
        (base / file.name).symlink_to(file)
    assert published_type(base) == "float32"
    keep_published(published, base)
    assert published_type(base) == "bfloat16"
    folder = release(Lineage(base, lineage.model), tmp_path / "billa-zh")
    before = load_file(lineage.model / "model.safetensors")
    after = load_file(folder / "model.safetensors")
    assert before.keys() == after.keys()
    assert all(torch.equal(after[name], before[name].bfloat16()) for name in before)
    assert read_json(folder / "config.json")["torch_dtype"] == "bfloat16"
    assert AutoModelForCausalLM.from_pretrained(folder, dtype="auto").dtype == torch.bfloat16
    assert (folder / "LICENSE.txt").read_text() == "as you like"


def test_shards_are_cast_one_by_one_and_integers_stay(tmp_path):
    source, target = tmp_path / "a", tmp_path / "b"
    source.mkdir(), target.mkdir()
    save_model(
        source, LlamaConfig(vocab_size=640, hidden_size=32, num_hidden_layers=2), shard_size="100KB"
    )
    shards = sorted(source.glob("*.safetensors"))
    assert len(shards) > 2
    kept = load_file(shards[0]) | {"counts": torch.tensor([7, 8])}
    save_file(kept, shards[0], metadata={"format": "pt"})
    cast_weights(source, target, "float16")
    for shard in shards:
        found = load_file(target / shard.name)
        for name, weight in load_file(shard).items():
            expected = weight.half() if weight.is_floating_point() else weight
            assert torch.equal(found[name], expected)
    index = read_json(target / "model.safetensors.index.json")
    assert index["weight_map"] == read_json(source / "model.safetensors.index.json")["weight_map"]
    sizes = (
        weight.nbytes for shard in shards for weight in load_file(target / shard.name).values()
    )
    assert index["metadata"]["total_size"] == sum(sizes)


def test_numbers_beyond_the_type_are_refused(tmp_path):
    save_file({"w": torch.tensor([1.0, 1e6])}, tmp_path / "model.safetensors")
    (tmp_path / "out").mkdir()
    with pytest.raises(InputError, match=r"w has numbers beyond torch.float16"):
        cast_weights(tmp_path, tmp_path / "out", "float16")
    cast_weights(tmp_path, tmp_path / "out", "bfloat16")


def test_older_readers_find_what_rotates_positions():
    scaled = LlamaConfig(
        rope_parameters={"rope_type": "linear", "factor": 2.0, "rope_theta": 5e5}
    ).to_dict()
    found = write_config(json.loads(json.dumps(scaled)), "bfloat16")
    assert found["rope_theta"] == 5e5
    assert found["rope_scaling"] == {"rope_type": "linear", "factor": 2.0}
    assert (found["dtype"], found["torch_dtype"]) == ("bfloat16", "bfloat16")
    plain = write_config(
        {"rope_parameters": {"rope_type": "default", "rope_theta": 1e5}}, "float32"
    )
    assert plain["rope_theta"] == 1e5 and "rope_scaling" not in plain
    gemma = write_config(Gemma3TextConfig().to_dict(), "float32")
    assert (gemma["rope_theta"], gemma["rope_local_base_freq"]) == (1e6, 1e4)


def test_settings_keep_no_key_that_an_older_reader_refuses():
    settings = {
        "tokenizer_class": "TokenizersBackend", "backend": "tokenizers", "is_local": True,
        "extra_special_tokens": ["<think>"], "eos_token": "</s>", "model_max_length": 10**30,
        "add_bos_token": True,
    }  # fmt: skip
    assert write_settings(settings, 512, "{{ x }}") == {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "additional_special_tokens": ["<think>"],
        "eos_token": "</s>",
        "model_max_length": 512,
        "clean_up_tokenization_spaces": False,
        "chat_template": "{{ x }}",
    }


def test_a_release_that_would_be_read_otherwise_is_refused(lineage, tmp_path, monkeypatch):
    monkeypatch.setattr(
        "scripts.convert.release_model.write_config",
        lambda config, kind: config | {"rms_norm_eps": 0.5},
    )
    with pytest.raises(InputError, match="is read with another rms_norm_eps"):
        release(lineage, tmp_path / "other")
    assert not (tmp_path / "other").exists()


def test_a_release_summed_with_the_original_gives_the_model_to_who_has_that(lineage, tmp_path):
    summed = release(lineage, tmp_path / "summed", "billa", "--plus", str(lineage.base))
    own = read_embeddings(str(lineage.model))
    original = read_embeddings(str(lineage.base))
    found = read_embeddings(str(summed))
    size = len(original)
    assert torch.equal(found[:size], own[:size] + original)
    assert torch.equal(found[size:], own[size:])
    options = ["--form", "hf", "--raw", summed, "--minus", lineage.base]
    options += ["--output", tmp_path / "again"]
    import_model.main(import_model.parser().parse_args(list(map(str, options))))
    again = load_file(tmp_path / "again/model.safetensors")
    for name, weight in load_file(lineage.model / "model.safetensors").items():
        assert torch.allclose(again[name], weight, atol=1e-6), name
    source = read_json(tmp_path / "again/stage.json")["source"]
    assert source["minus"] == digest_embeddings(str(lineage.base))
