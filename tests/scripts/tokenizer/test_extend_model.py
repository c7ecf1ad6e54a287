"""Embedding rows for new tokens, written into the base's files: five ways, the same each time."""

import shutil
import subprocess
import sys

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    AutoTokenizer,
    Gemma3Config,
    LlamaConfig,
    PhiConfig,
)

from scripts.common.files import read_json, sha256, write_json
from scripts.common.provenance import fingerprint, weights_digest
from scripts.tokenizer import extend_model
from scripts.tokenizer.extend_model import METHODS, token_lengths, write_config
from scripts.tokenizer.extension_file import BYTE_LEVEL, SENTENCEPIECE, pad_rows
from scripts.tokenizer.weight_files import INDEX, SINGLE, read_header
from tests.support.extended_models import INPUT, run
from tests.support.extended_tokenizers import load
from tests.support.pieces import write_base as write_pieces_base

OUTPUT = "lm_head.weight"


def matrices(model):
    return [model.get_input_embeddings().weight, model.get_output_embeddings().weight]


@pytest.mark.parametrize("shard_size", ["5GB", "20KB"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
@pytest.mark.parametrize("tied", [True, False])
def test_the_model_loads_scores_old_tokens_as_before_and_stays_tied_or_not(
    make_base, extended_tokenizer, tmp_path, tied, dtype, shard_size
):
    base = make_base(tied, dtype=dtype, shard_size=shard_size)
    extended = run(base, extended_tokenizer, tmp_path / "extended")
    extension = read_json(extended_tokenizer / "extension.json")
    size = extension["base_size"]
    before = AutoModelForCausalLM.from_pretrained(base).eval()
    after = AutoModelForCausalLM.from_pretrained(extended).eval()
    first, second = matrices(after)
    assert before.dtype == after.dtype == dtype
    assert len(first) == len(second) == after.config.vocab_size == pad_rows(extension["size"])
    assert (first.data_ptr() == second.data_ptr()) is tied
    assert len(AutoTokenizer.from_pretrained(extended)) == extension["size"]
    for old, new in zip(matrices(before), matrices(after), strict=True):
        assert torch.equal(new[:size], old[:size])
        for token in extension["tokens"]:
            expected = old[token["parts"]].double().mean(dim=0).to(dtype)
            assert torch.equal(new[token["id"]], expected)
        mean = old[:size].double().mean(dim=0).to(dtype)
        assert torch.equal(new[extension["size"] :], mean.expand(len(new) - extension["size"], -1))
    ids = torch.tensor([[1, 5, 7, 99]])
    with torch.no_grad():
        scores = [model(ids).logits[..., :size] for model in (before, after)]
    torch.testing.assert_close(scores[1], scores[0])
    check_files(base, extended, {INPUT} if tied else {INPUT, OUTPUT})


def check_files(base, extended, replaced):
    """Assert that other tensors are bit for bit the same, files without these are linked."""
    names = sorted(file.name for file in base.glob("*.safetensors"))
    assert names == sorted(file.name for file in extended.glob("*.safetensors"))
    for name in names:
        old, new = load_file(base / name), load_file(extended / name)
        assert list(old) == list(new)
        kept = set(old) - replaced
        assert all(torch.equal(old[key], new[key]) for key in kept)
        assert (base / name).samefile(extended / name) == (len(kept) == len(old))
    if len(names) > 1:
        index = read_json(extended / INDEX)
        assert index["weight_map"] == read_json(base / INDEX)["weight_map"]
        tensors = [tensor for name in names for tensor in load_file(extended / name).values()]
        assert index["metadata"]["total_size"] == sum(tensor.nbytes for tensor in tensors)


def test_padding_rows_of_the_base_are_used_and_not_taken_away(
    make_base, extended_tokenizer, tmp_path
):
    base = make_base(rows=1024)
    extension = read_json(extended_tokenizer / "extension.json")
    extended = load_file(run(base, extended_tokenizer, tmp_path / "extended") / SINGLE)[INPUT]
    old = load_file(base / SINGLE)[INPUT]
    assert extended.shape == old.shape
    token = extension["tokens"][0]
    assert torch.equal(extended[token["id"]], old[token["parts"]].double().mean(dim=0).float())
    assert len(extended[extension["size"] :].unique(dim=0)) == 1


def test_a_bias_of_the_output_has_a_number_for_each_token(make_base, extended_tokenizer, tmp_path):
    base = make_base(False, PhiConfig)
    extended = run(base, extended_tokenizer, tmp_path / "extended")
    old, new = (
        load_file(base / SINGLE)["lm_head.bias"],
        load_file(extended / SINGLE)["lm_head.bias"],
    )
    token = read_json(extended_tokenizer / "extension.json")["tokens"][3]
    assert new[token["id"]] == old[token["parts"]].double().mean().float() != 0
    assert len(new) == AutoModelForCausalLM.from_pretrained(extended).config.vocab_size


def test_the_config_of_a_nested_text_model_is_told_too(tmp_path):
    (tmp_path / "extended").mkdir()
    Gemma3Config(text_config={"vocab_size": 500}).save_pretrained(tmp_path)
    write_config(tmp_path, tmp_path / "extended", 576)
    assert AutoConfig.from_pretrained(tmp_path / "extended").text_config.vocab_size == 576


def test_rows_are_padded_to_64():
    assert [pad_rows(size) for size in (1, 64, 65, 52152)] == [64, 64, 128, 52160]


def test_parts_are_weighed_by_the_bytes_they_stand_for(make_base, extended_tokenizer, tmp_path):
    base = make_base()
    names = load(base)
    assert [names.id_to_token(number) for number in (0, 3)] == ["<|endoftext|>", "!"]
    extension = read_json(extended_tokenizer / "extension.json")
    assert extension["kind"] == BYTE_LEVEL
    lengths = token_lengths(names, BYTE_LEVEL, extension["base_size"])
    # A token's parts together have its bytes; some are longer than others.
    for token in extension["tokens"]:
        size = len(token["text"].encode() if "text" in token else bytes.fromhex(token["hex"]))
        assert sum(lengths[part] for part in token["parts"]) == size
    uneven = [
        token
        for token in extension["tokens"]
        if len({lengths[part] for part in token["parts"]}) > 1
    ]
    extended = run(
        base, extended_tokenizer, tmp_path / "extended", "--embeddings", "subtokens_weighted"
    )
    old, new = (load_file(folder / SINGLE)[INPUT].double() for folder in (base, extended))
    for token in uneven:
        weights = [lengths[part] for part in token["parts"]]
        rows = [weight * old[part] for weight, part in zip(weights, token["parts"], strict=True)]
        torch.testing.assert_close(new[token["id"]], sum(rows) / sum(weights), rtol=0, atol=1e-8)
    assert uneven


def test_sentence_pieces_are_as_long_as_what_they_stand_for(tmp_path):
    base = write_pieces_base(tmp_path / "base")
    tokenizer = load(base)
    lengths = token_lengths(tokenizer, SENTENCEPIECE, tokenizer.get_vocab_size())
    of = {tokenizer.id_to_token(number): length for number, length in enumerate(lengths)}
    assert of["<0xE6>"] == of["▁"] == of["e"] == 1
    assert all(of[name] == len(name) for name in of if name.isalpha() and name.isascii())


def test_similar_tokens_are_mixed_and_rare_ones_are_initialised_by_their_parts(
    make_base, extended_tokenizer, auxiliary, tmp_path, caplog
):
    base = make_base()
    more = ("--embeddings", "focus", "--auxiliary", auxiliary)
    with caplog.at_level("INFO", logger="lingraft"):
        extend_model.log.propagate = True
        extended = run(base, extended_tokenizer, tmp_path / "extended", *more)
    old, new = (load_file(folder / SINGLE)[INPUT] for folder in (base, extended))
    extension = read_json(extended_tokenizer / "extension.json")
    parts = {
        token["id"]: old[token["parts"]].double().mean(dim=0).float()
        for token in extension["tokens"]
    }
    by_parts = [number for number in parts if torch.equal(new[number], parts[number])]
    assert by_parts == [number for number in parts if number % 2]
    # A mixture of old rows lies between them.
    seen = old[: extension["base_size"] : 2]
    mixed = new[[number for number in parts if not number % 2]]
    assert (mixed <= seen.max(dim=0).values).all() and (mixed >= seen.min(dim=0).values).all()
    count = len(parts) // 2
    assert f"focus: {count} new tokens are mixed of {len(seen)} old ones; {count}, " in caplog.text


@pytest.mark.parametrize("method", METHODS)
def test_two_runs_give_the_same_bytes_after_a_kill_too(
    make_base, extended_tokenizer, auxiliary, tmp_path, method
):
    base = make_base(False, shard_size="20KB")
    more = ["--embeddings", method, "--auxiliary", auxiliary, "--seed", 5]
    first = run(base, extended_tokenizer, tmp_path / "first" / "extended", *more)
    # What a killed run leaves beside it.
    partial = tmp_path / "second" / ".extended.1.partial"
    partial.mkdir(parents=True)
    (partial / SINGLE).write_bytes(b"half of it")
    second = run(base, extended_tokenizer, tmp_path / "second" / "extended", *more)
    assert sha256(first) == sha256(second)
    assert not partial.exists()
    stage = read_json(first / "stage.json")
    assert stage["embeddings"] == method
    assert stage.get("seed") == (5 if method == "mean_noise" else None)


def test_the_stage_says_what_descendants_depend_on(
    make_base, extended_tokenizer, auxiliary, tmp_path
):
    base, tokenizer = make_base(), extended_tokenizer
    stages = {}
    for method in METHODS:
        more = ["--embeddings", method, "--auxiliary", auxiliary, "--seed", 5]
        stages[method] = read_json(
            run(base, tokenizer, tmp_path / "extended", *more) / "stage.json"
        )
    extended = run(base, tokenizer, tmp_path / "extended")
    extension = read_json(tokenizer / "extension.json")
    stage = read_json(extended / "stage.json")
    assert stage == stages["subtokens"]
    assert stage == {
        "model": "extended",
        "parent": "base",
        "extend": {"zh": 50},
        "embeddings": "subtokens",
        "vocabulary": extension["size"],
        "rows": pad_rows(extension["size"]),
        "parent_fingerprint": fingerprint(read_json(base / "stage.json")),
        "tokenizer_sha256": sha256(tokenizer / "tokenizer.json"),
        "weights": weights_digest(extended),
    }
    assert read_json(extended.with_name("extended.meta.json"))["settings"]["base"] == str(base)
    write_json(base / "stage.json", {"model": "base", "parent": None, "source": "another"})
    stages["another base"] = read_json(run(base, tokenizer, tmp_path / "extended") / "stage.json")
    assert len({fingerprint(stage) for stage in stages.values()}) == len(METHODS) + 1


def test_metadata_and_the_generation_config_are_carried(make_base, extended_tokenizer, tmp_path):
    base = make_base()
    metadata = {"format": "pt", "title": "größer", **{name: name for name in "abcdef"}}
    save_file(load_file(base / SINGLE), base / SINGLE, metadata=metadata)
    write_json(base / "train_log.json", "of the parent, not of this model")
    first = run(base, extended_tokenizer, tmp_path / "first")
    with safe_open(first / SINGLE, framework="pt") as file:
        assert file.metadata() == metadata
    assert read_header(first / SINGLE)[2] % 8 == 0
    assert sha256(first / SINGLE) == sha256(
        run(base, extended_tokenizer, tmp_path / "second") / SINGLE
    )
    assert sha256(first / "generation_config.json") == sha256(base / "generation_config.json")
    assert not (first / "train_log.json").exists()


def test_where_files_cannot_be_linked_they_are_copied(
    make_base, extended_tokenizer, tmp_path, monkeypatch
):
    def refuse(*_):
        raise OSError("another file system")

    base = make_base(shard_size="20KB")
    first = run(base, extended_tokenizer, tmp_path / "first" / "extended")
    monkeypatch.setattr("os.link", refuse)
    second = run(base, extended_tokenizer, tmp_path / "second" / "extended")
    assert sha256(first) == sha256(second)
    for file in second.glob("*.safetensors"):
        assert not file.samefile(base / file.name)


# Extends a tiny base, then one of 400 MB; prints the MB that the second needed beyond the first.
CHILD = """
import resource, sys
from tests.support.extended_models import run
base, large, tokenizer, output = sys.argv[1:]
peaks = []
for model in (base, large):
    run(model, tokenizer, output)
    peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
print((peaks[1] - peaks[0]) / 1e3)
"""


def test_memory_is_needed_for_a_matrix_and_not_for_the_model(
    make_base, bare_base, extended_tokenizer, tmp_path
):
    base = make_base(False)
    large = shutil.copytree(bare_base, tmp_path / "large")
    rows, width, inner, layers = 20_480, 256, 4096, 28
    shape = {"vocab_size": rows, "hidden_size": width, "intermediate_size": inner}
    with torch.device("meta"):  # random numbers would take longer than all that is tested
        config = LlamaConfig(**shape, num_hidden_layers=layers, num_attention_heads=2)
        model = AutoModelForCausalLM.from_config(config)
    model.to_empty(device="cpu").save_pretrained(large, max_shard_size="30MB")
    shards = list(large.glob("*.safetensors"))
    assert sum(file.stat().st_size for file in shards) > 400e6 and len(shards) > 10
    command = [sys.executable, "-c", CHILD, base, large, extended_tokenizer, tmp_path / "extended"]
    done = subprocess.run([str(item) for item in command], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    matrix = rows * width * 4 / 1e6
    # Old and new, and a block of 4,096 rows in double precision.
    assert float(done.stdout.split()[-1]) < 2 * matrix + 30 < 80
