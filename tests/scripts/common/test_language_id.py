"""A text's language is told where it is long enough, without a network."""

import pytest

from scripts.common.language_id import detector, is_telling, language_probability, written_as
from scripts.study.registry import Registry

ENGLISH = "Bread needs flour, water, salt and a lot of patience."
CHINESE = "面包需要面粉、水、盐，还需要很多很多的耐心才行。"


def test_a_sentence_is_in_its_language_and_in_no_other():
    for text, language, other in [(ENGLISH, "en", "zh"), (CHINESE, "zh", "en")]:
        assert language_probability(text, language) > 0.8
        assert language_probability(text, other) < 0.1
        assert language_probability(f"\n{text}  {text}", language) > 0.8


@pytest.mark.parametrize(
    "text", ["", "3.14", "OK", "Delete this page", "删除此页面", "1 + 2 = 3, " * 50]
)
def test_what_is_too_short_to_tell_is_in_any_language(text):
    assert language_probability(text, "el") == 1


def test_letters_count_by_how_much_they_say():
    assert is_telling("a" * 40) and not is_telling("a" * 39 + "1!")
    assert is_telling("面" * 16) and not is_telling("面" * 15)


def test_cantonese_is_written_as_chinese():
    assert language_probability("佢哋喺度做緊嘢，唔知幾時先至可以返屋企食飯呀。", "zh") > 0.5


def test_every_language_of_the_registry_is_known():
    model = detector()._get_model(low_memory=True)
    labels, _ = model.predict("word", k=200, threshold=-1.0)
    known = {written_as(label.removeprefix("__label__"), "かな") for label in labels}
    assert len(known) > 150 and set(Registry().languages) <= known


def test_norwegian_is_bokmaal():
    text = "Jeg skal ikke gjøre noe mer i dag, sa gutten da han kom hjem fra skolen."
    assert language_probability(text, "nb") > 0.5
