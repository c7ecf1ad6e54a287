"""Settings are read from a command line and from a person's commands, and checked in one line."""

import argparse

import pytest

from scripts.common.errors import InputError
from scripts.infer.chat.choices import NAMES, Choices, add_choices, read_choices


def parse(*words):
    parser = argparse.ArgumentParser()
    add_choices(parser)
    return read_choices(parser.parse_args(words))


def test_options_and_commands_say_the_same():
    options = parse(
        "--temperature", "0.7", "--top-p", "0.9", "--max-new-tokens", "9", "--seed", "3"
    )
    told = Choices()
    for name, text in options.to_mapping().items():
        told = told.read(name, str(text))
    assert told == options and tuple(options.to_mapping()) == NAMES
    assert Choices.of(options.to_mapping()) == options
    assert parse() == Choices()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--top-p", "0.9"], "top_p: 0.9: it is beside a `temperature` above 0"),
        (["--beams", "2", "--temperature", "1"], "temperature: 1.0: it is without `beams`"),
    ],
)
def test_what_means_nothing_beside_the_rest_is_refused(words, message):
    with pytest.raises(InputError, match=message):
        parse(*words)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("temperature", "-1", "temperature: found -1, expected at least 0"),
        ("temperature", "warm", "temperature: found 'warm', expected a number"),
        ("temperature", "nan", "temperature: found nan, expected a finite number"),
        ("top_k", "1.5", "top-k: found '1.5', expected a whole number"),
        ("max_new_tokens", "0", "max-new-tokens: 0 is not a positive integer"),
        ("seed", "", "seed: found '', expected a whole number"),
    ],
)
def test_a_value_that_cannot_be_is_one_line(name, text, message):
    with pytest.raises(InputError, match=message):
        Choices().read(name, text)


def test_where_nothing_is_drawn_nothing_narrows_the_draw():
    warm = Choices().read("temperature", "0.7").read("top_p", "0.5").read("top_k", "4")
    assert warm.read("temperature", "0") == Choices()
