"""What the registry says of a language fits that language, and the tools that it names."""

import re

import pytest
from sacrebleu.metrics.bleu import _TOKENIZERS

from scripts.study.registry import Registry

LANGUAGES = Registry().languages


def test_there_are_about_forty_and_english_is_first():
    assert len(LANGUAGES) >= 40
    assert next(iter(LANGUAGES)) == "en"


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_language_is_written_in_its_own_letters(code):
    language = LANGUAGES[code]
    letters = re.compile(language["letters"])
    own = [character for character in language["own"] if character.isalpha()]
    assert own and all(letters.match(character) for character in own)
    latin = language["script"] == "Latn"
    assert latin == bool(letters.match("a"))
    assert latin == ("graft" not in language)
    assert not letters.match(" ") and not letters.match(".") and not letters.match("1")


@pytest.mark.parametrize("code", [code for code in LANGUAGES if "graft" in LANGUAGES[code]])
def test_new_pieces_hold_every_letter_and_nothing_of_english(code):
    language = LANGUAGES[code]
    letters, graft = re.compile(language["letters"]), re.compile(language["graft"])
    characters = [chr(point) for point in range(0x3000) if chr(point).isprintable()]
    assert all(graft.match(one) for one in characters if letters.match(one))
    assert not any(graft.match(one) for one in map(chr, range(0x250)))
    assert not any(graft.match(one) for one in "“”‘’—…–")


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_tokenizer_of_bleu_is_one_of_sacrebleu(code):
    language = LANGUAGES[code]
    assert language["sacrebleu"] in _TOKENIZERS
    assert ("package" in language) == language["sacrebleu"].endswith("-mecab")
    spaced = language["words"] == "whitespace"
    assert spaced == (code not in ("ja", "th", "zh"))
