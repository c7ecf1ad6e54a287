"""The papers' recipes: their published values, usable by name, never another under the name."""

import copy
import json

import pytest
import yaml

from scripts.common.errors import InputError
from scripts.common.files import ROOT
from scripts.study.parse_study import load_study
from scripts.study.prompts import get_format
from scripts.study.registry import Registry

DEFAULT = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
RECIPES = Registry().recipes


def study_with(recipe: str, **recipes) -> dict:
    settings = copy.deepcopy(DEFAULT)
    settings["models"]["x-smollm2-zh"] = {"from": "base", "recipe": recipe, "data": "ui"}
    settings["recipes"] |= recipes
    return settings


# Global batch, length, amount, rate and share of warm-up as the papers and their code state them.
PUBLISHED = {
    "x-llm-7b": (4 * 4 * 8, 512, {"epochs": 3}, 2e-5, 0.03),
    "x-llm-13b": (4 * 4 * 8, 512, {"epochs": 5}, 1e-5, 0.03),
    "x-llm-bloom-7b1": (4 * 4 * 8, 512, {"epochs": 3}, 2e-5, 0.03),
    "billa-pretrain": (20 * 8, 1024, {"steps": 100_000}, 3e-5, 2000 / 100_000),
    "billa-task": (20 * 8, 1024, {"steps": 20_000}, 2e-5, 2000 / 20_000),
    "billa-dialogue": (24 * 2, 1024, {"steps": 20_000}, 2e-5, 2000 / 20_000),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_values_are_the_published_ones(name):
    values = RECIPES[name]["values"]
    batch, length, amount, rate, warmup = PUBLISHED[name]
    assert (values["batch"], values["length"]) == (batch, length)
    assert amount.items() <= values.items()
    assert (values["learning_rate"], values["warmup"]) == pytest.approx((rate, warmup))
    assert values["schedule"] == "cosine" and values["precision"] == "bf16"


def test_every_recipe_names_its_source_and_can_be_used_by_name():
    assert set(RECIPES) == set(PUBLISHED)
    for name, recipe in RECIPES.items():
        assert "/" in recipe["source"]
        model = load_study(study_with(name), "study.yaml").model("x-smollm2-zh")
        assert model.recipe.learning_rate == recipe["values"]["learning_rate"]
        assert model.format == recipe["values"]["format"]


def test_the_report_gets_the_values_of_a_named_recipe():
    study = load_study(study_with("x-llm-7b"), "study.yaml")
    recipes = json.loads(study.written)["recipes"]
    assert recipes["x-llm-7b"] == RECIPES["x-llm-7b"]["values"]
    assert "x-llm-13b" not in recipes
    # A study that names none is told as it is written.
    plain = {key: value for key, value in DEFAULT.items() if key != "run"}
    assert json.loads(load_study(DEFAULT, "config.yaml").written) == plain


def test_a_name_of_the_registry_stands_for_nothing_else():
    own = {**DEFAULT["recipes"]["instruct"], "learning_rate": 1e-3}
    with pytest.raises(InputError) as error:
        load_study(study_with("x-llm-7b", **{"x-llm-7b": own}), "study.yaml")
    assert str(error.value).startswith("study.yaml: recipes.x-llm-7b: registry/recipes.yaml has")


def test_a_misspelt_recipe_suggests_one_of_the_registry():
    with pytest.raises(InputError, match=r"recipe: unknown recipe 'x-llm-7'.*'x-llm-7b'"):
        load_study(study_with("x-llm-7"), "study.yaml")


def test_alpacas_prompt_has_two_forms():
    form = get_format("alpaca")
    plain = form.render({"instruction": "Sum up.", "input": ""})
    given = form.render({"instruction": "Keep {input}.", "input": "A {instruction}."})
    assert plain.endswith("\n\n### Instruction:\nSum up.\n\n### Response:")
    assert "### Input:" not in plain
    # What a record says in braces is its own.
    assert "### Instruction:\nKeep {input}.\n\n### Input:\nA {instruction}.\n\n" in given
    assert given.endswith("### Response:")


def test_billas_prompt_ends_in_a_space():
    record = {"instruction": "Sum up.", "input": "A text."}
    assert get_format("billa").render(record) == "Human: Sum up.\nA text.\nAssistant: "


def test_the_prompts_of_formats_without_a_second_form_are_as_they_were():
    record = {"instruction": "Translate.", "input": "One."}
    assert get_format("brief").render(record) == "Translate.\nOne.\n"
