"""Ids as coloured pieces: together they are the text, and each token is in one."""

import json

from scripts.serve.token_pieces import new_tokens, show_ids, split_ids
from tests.support.tiny_model import SENTENCES, train_tokenizer


def test_pieces_are_the_whole_text():
    tokenizer = train_tokenizer()
    for text in (*SENTENCES, "🙂 é <|im_end|>\n  x "):
        ids = tokenizer(text, add_special_tokens=False)["input_ids"]
        pieces = show_ids(tokenizer, ids, frozenset())
        assert "".join(piece.text for piece in pieces) == text
        assert sum(len(piece.colours) for piece in pieces) == len(ids)
    whole = show_ids(tokenizer, tokenizer("🙂")["input_ids"], frozenset())
    assert [(piece.text, piece.colours) for piece in whole] == [("🙂", [0, 1, 2, 3])]
    assert whole[0].title.split("\n")[0].endswith("<0xF0>")


def test_a_decoder_that_takes_spaces_off_the_front_loses_none():
    words = {0: "▁a", 1: "▁b", 2: "c", 3: "▁"}

    def decode(ids):
        return "".join(words[one] for one in ids).replace("▁", " ").removeprefix(" ")

    assert split_ids([0, 1, 2, 0], decode) == [("a", 0, 1), (" b", 1, 2), ("c", 2, 3), (" a", 3, 4)]


def test_bytes_that_are_no_text_end_and_ids_without_a_name_are_shown():
    tokenizer = train_tokenizer()
    first = tokenizer("🙂")["input_ids"][0]
    pieces = show_ids(tokenizer, [first] * 20, frozenset([first]))
    assert sum(len(piece.colours) for piece in pieces) == 20 and pieces[0].is_new
    assert show_ids(tokenizer, [len(tokenizer) + 5], frozenset())[0].text == "·"


def test_new_tokens_are_those_of_the_extension(tmp_path):
    assert new_tokens(tmp_path) == frozenset()
    tokens = [{"id": 7, "language": "zh"}, {"id": 9, "language": "zh"}]
    (tmp_path / "extension.json").write_text(json.dumps({"tokens": tokens}))
    assert new_tokens(tmp_path) == {7, 9}
