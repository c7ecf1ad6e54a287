"""Data that has not what a recipe's objective needs is refused before anything runs."""

import json

import pytest

from scripts.common.errors import InputError
from scripts.plan import train
from tests.support.studies import default_study

RECIPE = {"objective": "response", "length": 256, "batch": 2, "steps": 4, "learning_rate": 3e-4}


def chat_study(folder, **recipe):
    """Return a study whose model trains on conversations by a recipe with some values changed."""
    (folder / "talks.jsonl").write_text("{}\n")
    return default_study(
        sources={"talks_en": {"url": str(folder / "talks.jsonl"), "kind": "chat"}},
        recipes={"talk": {**RECIPE, **recipe}},
        models={"x-smollm2-zh": {"from": "base", "recipe": "talk", "data": "talks_en"}},
    )


@pytest.mark.parametrize(
    ("recipe", "message"),
    [
        ({"objective": "suffix"}, "talks_en: found conversations, which the objective 'suffix'"),
        ({"join": True}, "talks_en: found conversations, which 'join: true' does not take"),
        ({"objective": "text", "turns": "last"}, "recipes.talk.turns: only answers"),
        ({"turns": "first"}, "recipes.talk.turns: found 'first', expected one of: all, last"),
    ],
)
def test_what_makes_no_sense_of_conversations_is_one_line(tmp_path, recipe, message):
    with pytest.raises(InputError) as error:
        chat_study(tmp_path, **recipe)
    assert message in str(error.value) and "\n" not in str(error.value)


def test_conversations_are_learned_as_answers_or_as_text(tmp_path):
    for recipe in ({}, {"objective": "text"}, {"turns": "all"}):
        study = chat_study(tmp_path, **recipe)
        assert "--turns" not in " ".join(train.packing_options(study, "x-smollm2-zh"))
        assert json.loads(study.written)["recipes"]["talk"]["length"] == 256
    study = chat_study(tmp_path, turns="last")
    assert "--turns last" in " ".join(train.packing_options(study, "x-smollm2-zh"))
