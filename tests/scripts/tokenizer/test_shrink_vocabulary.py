"""Dropping tokens of the base: texts are tokenized as before, kept tokens score as before."""

import shutil

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from scripts.common.errors import InputError
from scripts.common.files import read_json, write_json
from scripts.tokenizer.extension_file import pad_rows, read_extension
from scripts.train.new_rows import find_new_rows
from tests.support import extended_tokenizers, pieces
from tests.support.extended_models import make_model, run
from tests.support.extended_tokenizers import (
    ENGLISH,
    chinese_lines,
    encode,
    extend,
    load,
    write_texts,
)
from tests.support.tokenizer_kinds import KINDS

BASES = {
    "smollm2": extended_tokenizers.write_base,
    "sentencepiece": pieces.write_base,
    "gemma": KINDS["gemma"],
    "pythia": KINDS["pythia"],
}
DROPPED, ADDED = 15, 120
USED = ENGLISH[:2]


@pytest.fixture(scope="module", params=BASES)
def base(request, tmp_path_factory):
    """A tokenizer's folder with random weights."""
    bare = BASES[request.param](tmp_path_factory.mktemp("bare") / "base")
    write_json(bare / "stage.json", {"model": "base", "parent": None})
    return make_model(bare, tmp_path_factory.mktemp("base") / "base", tied=False)


@pytest.fixture(scope="module")
def texts(tmp_path_factory):
    folder = tmp_path_factory.mktemp("texts")
    chinese = write_texts(folder / "zh.parquet", chinese_lines())
    return {"zh": [chinese], "en": str(write_texts(folder / "en.parquet", USED))}


@pytest.fixture(scope="module")
def folders(base, texts, tmp_path_factory):
    """The extended tokenizer: whole, and without tokens of the base in both ways."""
    folder = tmp_path_factory.mktemp("extended")
    used = ["--used", texts["en"], str(texts["zh"][0])]
    options = {
        "whole": [],
        "shrink": ["--shrink", str(DROPPED), *used, "--reference", texts["en"]],
        "replace": ["--replace", str(DROPPED), *used],
    }
    return {
        name: extend(base, folder / name, {"zh": ADDED}, texts, *more)
        for name, more in options.items()
    }


def spell(folder, line) -> list[str]:
    tokenizer = load(folder)
    return [tokenizer.id_to_token(number) for number in encode(tokenizer, line)]


@pytest.mark.parametrize("how", ["shrink", "replace"])
def test_texts_that_were_counted_are_tokenized_as_before(folders, how):
    for line in [*USED, *chinese_lines(50)]:
        assert spell(folders[how], line) == spell(folders["whole"], line)


@pytest.mark.parametrize("how", ["shrink", "replace"])
def test_other_texts_are_still_written_whole(folders, how):
    tokenizer = load(folders[how])
    for line in [*ENGLISH[2:], "Ωя 😀 한국어"]:
        found = tokenizer.decode(encode(tokenizer, line), skip_special_tokens=False)
        assert found == line or found == line.removeprefix("\ufeff")


def test_ids_are_closed_up_and_recorded(base, folders):
    old, new = load(base).get_vocab(), load(folders["shrink"]).get_vocab()
    extension = read_json(folders["shrink"] / "extension.json")
    removed = extension["removed"]["ids"]
    assert len(removed) == DROPPED and extension["reference"]["changed"] == 0
    assert sorted(new.values()) == list(range(len(old) - DROPPED + ADDED))
    assert extension["base_size"] == len(old) - DROPPED
    expected = {
        name: number - sum(gone < number for gone in removed)
        for name, number in old.items()
        if number not in removed
    }
    assert {name: number for name, number in new.items() if number < len(expected)} == expected
    assert list(find_new_rows(folders["shrink"])) == [token["id"] for token in extension["tokens"]]


def test_new_tokens_take_the_dropped_ids_and_others_keep_theirs(base, folders):
    old, new = load(base).get_vocab(), load(folders["replace"]).get_vocab()
    extension = read_json(folders["replace"] / "extension.json")
    removed, added = extension["removed"]["ids"], [token["id"] for token in extension["tokens"]]
    assert added == [*removed, *range(len(old), len(old) + ADDED - DROPPED)]
    kept = {name: number for name, number in old.items() if number not in removed}
    assert {name: number for name, number in new.items() if number not in added} == kept
    assert extension["size"] == len(new) == len(old) + ADDED - DROPPED
    with pytest.raises(InputError, match="its new tokens have the ids of dropped ones"):
        find_new_rows(folders["replace"])


@pytest.mark.parametrize("how", ["shrink", "replace"])
def test_what_is_dropped_is_a_leaf_that_no_merge_makes_any_more(base, folders, how):
    removed = read_json(folders[how] / "extension.json")["removed"]["ids"]
    names = {number: name for name, number in load(base).get_vocab().items()}
    gone = {names[number] for number in removed}
    model = read_json(folders[how] / "tokenizer.json")["model"]
    assert not gone & model["vocab"].keys()
    for merge in model["merges"]:
        left, right = merge if isinstance(merge, list) else merge.split(" ")
        assert {left, right, left + right} <= model["vocab"].keys()
    added = {token["id"] for token in read_json(base / "tokenizer.json")["added_tokens"]}
    assert not added & set(removed) and all(len(name) > 1 for name in gone)


@pytest.mark.parametrize("how", ["shrink", "replace"])
def test_the_loaded_class_gives_the_same_ids(folders, how):
    tokenizer, fast = load(folders[how]), AutoTokenizer.from_pretrained(folders[how])
    assert len(fast) == tokenizer.get_vocab_size()
    for line in [*ENGLISH, *chinese_lines(20)]:
        assert fast.encode(line, add_special_tokens=False) == encode(tokenizer, line)


@pytest.mark.parametrize("how", ["shrink", "replace"])
@pytest.mark.parametrize("method", ["subtokens", "subtokens_weighted", "mean"])
def test_kept_tokens_score_as_before_bit_for_bit(base, folders, tmp_path, how, method):
    model = run(base, folders[how], tmp_path / "extended", "--embeddings", method)
    numbers = read_extension(folders[how]).old_numbers()
    before, after = map(AutoModelForCausalLM.from_pretrained, (base, model))
    assert len(after.get_input_embeddings().weight) == pad_rows(read_extension(model).size)
    kept, places = list(numbers), list(numbers.values())
    with torch.no_grad():
        for line in USED:
            ids = torch.tensor([encode(load(base), line)])
            moved = torch.tensor([[numbers[number] for number in ids[0].tolist()]])
            old, new = before(ids).logits, after(moved).logits
            assert torch.equal(new[..., places], old[..., kept])
    for token in read_json(folders[how] / "extension.json")["tokens"]:
        row = after.get_input_embeddings().weight[token["id"]]
        old = before.get_input_embeddings().weight
        if method == "subtokens":
            assert torch.equal(row, old[token["parts"]].double().mean(dim=0).float())


def test_ids_in_the_config_are_those_of_the_tokenizer(bare_base, texts, tmp_path):
    base = make_model(bare_base, tmp_path / "base")
    late = load(base).token_to_id("<|late|>")
    for name in ("config.json", "generation_config.json"):
        write_json(base / name, read_json(base / name) | {"eos_token_id": [2, late]})
    used = ["--used", texts["en"], str(texts["zh"][0])]
    tokenizer = extend(
        base, tmp_path / "tokenizer", {"zh": 9}, texts, "--shrink", str(DROPPED), *used
    )
    model = run(base, tokenizer, tmp_path / "extended")
    for name in ("config.json", "generation_config.json"):
        assert read_json(model / name)["eos_token_id"] == [2, late - DROPPED]
    assert load(model).token_to_id("<|late|>") == late - DROPPED
    shutil.rmtree(model)
    gone = read_extension(tokenizer).removed[0]
    write_json(base / "config.json", read_json(base / "config.json") | {"eos_token_id": gone})
    with pytest.raises(InputError, match=f"eos_token_id: the token {gone} was dropped"):
        run(base, tokenizer, model)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--shrink", "9", "--replace", "9"], "expected one of them"),
        (["--shrink", "9"], "no --used FILE whose tokens are kept"),
    ],
)
def test_refusals(bare_base, texts, tmp_path, options, message):
    with pytest.raises(InputError, match=message):
        extend(bare_base, tmp_path / "extended", {"zh": 9}, texts, *options)
    assert not list(tmp_path.iterdir())
