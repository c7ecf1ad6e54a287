"""Pruning drops what is rare and can be spared, and leaves the rest as it was."""

import logging
import random
from collections import Counter

import pytest

from scripts.common.errors import InputError
from scripts.common.files import read_json, sha256
from scripts.tokenizer.extend_pieces import write_spec
from scripts.tokenizer.extension_file import read_extension
from scripts.tokenizer.piece_model import read_model
from scripts.tokenizer.prune_tokens import find_halves, find_rare
from scripts.tokenizer.read_texts import read_texts
from scripts.tokenizer.tokenizer_json import drop_tokens, load
from tests.support import extended_tokenizers, pieces
from tests.support.extended_tokenizers import (
    ENGLISH,
    arabic_lines,
    chinese_lines,
    encode,
    extend,
    write_texts,
)
from tests.support.pieces import load_pieces, train_model

SIZES = {"zh": 220, "ar": 80}
LEAST = 12
BASES = {"byte-level": extended_tokenizers.write_base, "SentencePiece": pieces.write_base}


@pytest.fixture(scope="module", params=BASES)
def folders(request, corpora, tmp_path_factory):
    """A base, and it extended without pruning and with."""
    folder = tmp_path_factory.mktemp("pruned")
    base = BASES[request.param](folder / "base")
    whole = extend(base, folder / "whole", SIZES, corpora)
    pruned = extend(base, folder / "pruned", SIZES, corpora, "--prune", str(LEAST))
    return base, whole, pruned


def read_tokens(folder):
    return read_json(folder / "extension.json")["tokens"]


def write_out(token):
    return token.get("text", token.get("hex"))


def count_plainly(tokenizer, files):
    return Counter(part for text in read_texts(files) for part in encode(tokenizer, text))


def prune_plainly(spec, tokens, corpora):
    """Cut all texts again in each round, and drop what is rare and joined into nothing kept."""
    names = {token: name for name, token in spec["model"]["vocab"].items()}
    parts = {token["id"]: cut_without(spec, names[token["id"]]) for token in tokens}
    alive = {token["id"]: token["language"] for token in tokens}
    while True:
        gone = {names[token["id"]] for token in tokens if token["id"] not in alive}
        tokenizer = load(drop_tokens(spec, gone))
        counts = {code: count_plainly(tokenizer, corpora[code]) for code in SIZES}
        used = {part for token in alive for part in parts[token]}
        rare = {token for token, code in alive.items() if counts[code][token] < LEAST} - used
        if not rare:
            return {token["id"] for token in tokens} - alive.keys()
        alive = {token: code for token, code in alive.items() if token not in rare}


def cut_without(spec, name):
    """Return what a token's text is cut into where there is no such token."""
    return [part.id for part in load(drop_tokens(spec, {name})).model.tokenize(name)]


def is_reached(tokenizer, name, token):
    return [part.id for part in tokenizer.model.tokenize(name)] == [token]


def test_what_goes_is_what_a_plain_loop_drops(folders, corpora):
    _, whole, _ = folders
    spec, tokens = read_json(whole / "tokenizer.json"), read_tokens(whole)
    texts = {code: read_texts(corpora[code]) for code in SIZES}
    gone = find_rare(spec, read_extension(whole).tokens, texts, LEAST)
    assert 20 < len(gone) < len(tokens) - 20
    assert gone == prune_plainly(spec, tokens, corpora)


def test_what_is_left_is_frequent_or_joined_into_another(folders, corpora):
    _, _, pruned = folders
    tokenizer, tokens = extended_tokenizers.load(pruned), read_tokens(pruned)
    spec = read_json(pruned / "tokenizer.json")
    counts = {code: count_plainly(tokenizer, corpora[code]) for code in SIZES}
    names = {token["id"]: tokenizer.id_to_token(token["id"]) for token in tokens}
    used = {half for halves in find_halves(spec, names).values() for half in halves}
    rare = {token["id"] for token in tokens if counts[token["language"]][token["id"]] < LEAST}
    assert rare <= used
    assert all(is_reached(tokenizer, name, token) for token, name in names.items())


def test_ids_close_ranks_and_the_order_stays(folders):
    base, whole, pruned = folders
    extension, size = (
        read_json(pruned / "extension.json"),
        extended_tokenizers.load(base).get_vocab_size(),
    )
    tokens = extension["tokens"]
    assert [token["id"] for token in tokens] == list(range(size, size + len(tokens)))
    assert (
        extension["size"] == extended_tokenizers.load(pruned).get_vocab_size() == size + len(tokens)
    )
    left = {write_out(token) for token in tokens}
    before = [write_out(token) for token in read_tokens(whole) if write_out(token) in left]
    assert [write_out(token) for token in tokens] == before
    parts = {write_out(token): token["parts"] for token in read_tokens(whole)}
    assert all(token["parts"] == parts[write_out(token)] for token in tokens)


def test_the_extension_says_how_many_went(folders):
    _, whole, pruned = folders
    extension = read_json(pruned / "extension.json")
    assert "prune" not in read_json(whole / "extension.json")
    assert extension["prune"]["least"] == LEAST
    for code, asked in SIZES.items():
        counts = extension["prune"][code]
        assert counts["asked"] == counts["learned"] == asked
        left = sum(token["language"] == code for token in extension["tokens"])
        assert extension["languages"][code] == left == asked - counts["pruned"]


def test_english_is_as_before_and_nothing_is_lost(folders):
    base, _, pruned = folders
    old, new = extended_tokenizers.load(base), extended_tokenizers.load(pruned)
    assert [encode(new, line) for line in ENGLISH] == [encode(old, line) for line in ENGLISH]
    for line in [*chinese_lines(40, seed=9), *arabic_lines(40), *ENGLISH]:
        assert new.decode(encode(new, line)) == line


def test_sentencepiece_and_transformers_read_the_same_ids(folders):
    _, _, pruned = folders
    if not (pruned / "tokenizer.model").is_file():
        return
    lines = [*chinese_lines(100, seed=9), *arabic_lines(50), *ENGLISH]
    tokenizer = extended_tokenizers.load(pruned)
    assert load_pieces(pruned).encode(lines) == [encode(tokenizer, line) for line in lines]
    spec = read_json(pruned / "tokenizer.json")
    assert write_spec(spec, read_model(pruned / "tokenizer.model")) == spec


def test_same_bytes_whatever_the_order_of_lines(folders, corpora, tmp_path):
    base, _, pruned = folders
    lines = chinese_lines()
    random.Random(4).shuffle(lines)
    texts = corpora | {"zh": [write_texts(tmp_path / "shuffled.parquet", lines)]}
    again = extend(base, tmp_path / "again", SIZES, texts, "--prune", str(LEAST))
    assert sha256(again) == sha256(pruned)


def test_one_line_of_the_log_says_what_went(folders, corpora, tmp_path, caplog):
    caplog.set_level(logging.INFO)
    extend(folders[0], tmp_path / "extended", {"zh": 150}, corpora, "--prune", "2")
    lines = [line for line in caplog.messages if "fewer than 2 times" in line]
    assert len(lines) == 1 and "zh 150 asked for, 150 found, " in lines[0]


def test_nothing_left_is_refused(folders, corpora, tmp_path):
    message = r"language 'ar': each of its 80 pieces occurs fewer than 9999999 times"
    sizes = {"ar": 80}
    with pytest.raises(InputError, match=message):
        extend(folders[0], tmp_path / "extended", sizes, corpora, "--prune", "9999999")
    assert not list(tmp_path.iterdir())


def test_a_ready_models_pieces_are_counted_in_the_languages_text(corpora, tmp_path):
    base = pieces.write_base(tmp_path / "base")
    donor = train_model(tmp_path / "donor.model", "unigram", 600, chinese=100)
    options = ["--model", f"zh={donor}", "--policy", "zh=all"]
    whole = extend(base, tmp_path / "whole", {"zh": "all"}, corpora, *options)
    pruned = extend(base, tmp_path / "pruned", {"zh": "all"}, corpora, *options, "--prune", "3")
    counts = read_json(pruned / "extension.json")["prune"]["zh"]
    assert counts["asked"] == "all" and counts["learned"] == len(read_tokens(whole))
    assert 0 < counts["pruned"] == len(read_tokens(whole)) - len(read_tokens(pruned))
    lines = [*chinese_lines(50, seed=9), *ENGLISH]
    tokenizer = extended_tokenizers.load(pruned)
    assert load_pieces(pruned).encode(lines) == [encode(tokenizer, line) for line in lines]


def test_without_text_there_is_nothing_to_count_in(corpora, tmp_path):
    base = pieces.write_base(tmp_path / "base")
    donor = train_model(tmp_path / "donor.model", "unigram", 600, chinese=100)
    command = ["--base", str(base), "--output", str(tmp_path / "extended"), "--prune", "3"]
    command += ["--language", "zh=all", "--policy", "zh=all", "--model", f"zh={donor}"]
    arguments = extended_tokenizers.extend_tokenizer.parser().parse_args(command)
    with pytest.raises(InputError, match="--prune 3: no --text zh FILE to count in"):
        extended_tokenizers.extend_tokenizer.main(arguments)
