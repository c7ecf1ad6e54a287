"""Seeds and grids: what a model becomes, what its variants share, what is refused."""

import copy

import pytest

from scripts.common.errors import InputError
from scripts.plan.bundles import answering_models
from scripts.plan.paths import packed_file, tokenizer_file
from scripts.plan.tables import paper_scores, paper_seeds, paper_tables, seed_options
from scripts.plan.train import optimization_options, packing_options
from scripts.study.parse_study import load_study
from scripts.study.variants import name_value
from tests.support.studies import DEFAULT, default_study

X = "x-smollm2-zh"
CHAIN = ["billa-pretrain", "billa-task", "billa-zh"]
OWN = default_study().recipe(X).learning_rate


def option(options: list[str], name: str) -> str:
    return options[options.index(name) + 1]


def test_a_study_without_them_is_as_it_was():
    study = default_study()
    assert study.scored == study.compare and seed_options(study, study.compare) == []
    for name in study.stages:
        assert study.model(name).seed is None
        assert option(packing_options(study, name), "--seed") == "7"


def test_a_studys_seeds_train_every_stage_and_chains_stay_together():
    study = default_study(seeds=[1, 2, 3])
    for name in (X, *CHAIN):
        assert study.siblings(name) == [f"{name}-s2", f"{name}-s3"]
        assert [study.model_seed(one) for one in (name, f"{name}-s3")] == [1, 3]
    parents = [study.model(f"{name}-s2").parent for name in CHAIN]
    assert parents == ["billa-extended", "billa-pretrain-s2", "billa-task-s2"]
    assert option(optimization_options(study, f"{X}-s2"), "--seed") == "2"
    assert option(packing_options(study, f"{X}-s2"), "--seed") == "2"
    # Their order of data differs, so that each has rows of its own; the vocabulary is one.
    assert packed_file(study, f"{X}-s2", "rows.arrow") == f"results/packed/{X}-s2/rows.arrow"
    assert "billa-extended-s2" not in study.models


def test_the_model_of_the_studys_seed_keeps_the_name_wherever_that_stands():
    study = default_study(seed=2, models={X: {"seeds": [5, 2]}})
    assert (study.model_seed(X), study.siblings(X)) == (2, [f"{X}-s5"])
    study = default_study(models={X: {"seeds": [7, 8]}})
    assert (study.model_seed(X), study.siblings(X)) == (7, [f"{X}-s8"])


def test_a_models_seeds_are_those_of_its_descendants_and_of_no_other():
    study = default_study(models={"billa-pretrain": {"seeds": [1, 4]}})
    assert study.siblings("billa-zh") == ["billa-zh-s4"] and study.siblings(X) == []
    assert study.model("billa-zh-s4").parent == "billa-task-s4"


def test_what_extends_a_model_of_several_seeds_has_one_vocabulary():
    later = {"from": X, "extend": {"zh": 50}}
    study = default_study(models={X: {"seeds": [1, 2]}, "later": later})
    assert study.model("later-s2").parent == f"{X}-s2"
    assert tokenizer_file(study, "later-s2") == tokenizer_file(study, "later")


def test_siblings_are_scored_and_no_rows_of_their_own():
    study = default_study(seeds=[1, 2])
    assert study.compare == default_study().compare
    assert study.scored == ("base", X, f"{X}-s2", "billa-zh", "billa-zh-s2")
    assert answering_models(study, []) == list(study.scored)
    expected = ["--seeds", X, f"1={X}", f"2={X}-s2"]
    expected += ["--seeds", "billa-zh", "1=billa-zh", "2=billa-zh-s2"]
    assert seed_options(study, study.compare) == expected
    assert f"{X}-s2" not in default_study(seeds=[1, 2], compare=None).compare


def test_a_papers_table_waits_for_every_seed():
    study = default_study(
        seeds=[1, 2],
        benchmarks={"c3-m_zh": {"limit": 9}},
        tables={"billa-understanding": {"BiLLa-7B-SFT": "billa-zh"}},
    )
    (table,) = paper_tables(study).values()
    scores = [f"results/{name}/c3-m_zh.accuracy" for name in ("billa-zh", "billa-zh-s2")]
    assert paper_scores(study, table) == scores
    assert paper_seeds(study, table) == ["--seeds", "billa-zh", "1=billa-zh", "2=billa-zh-s2"]


def test_a_grid_trains_each_value_and_shares_rows_where_they_are_the_same():
    grid = {"learning_rate": ["1e-4", OWN], "length": [256, 128]}
    study = default_study(models={X: {"grid": grid}})
    rows = [X, f"{X}-length128", f"{X}-lr1e-4", f"{X}-lr1e-4-length128"]
    assert study.compare == ("base", *rows, "billa-zh")
    found = {name: study.recipe(name) for name in rows}
    assert [one.learning_rate for one in found.values()] == [OWN, OWN, 1e-4, 1e-4]
    assert [one.length for one in found.values()] == [256, 128, 256, 128]
    assert [study.origin(name) for name in rows] == [*rows[:2], *rows[:2]]
    assert option(optimization_options(study, rows[2]), "--learning-rate") == "0.0001"


def test_a_model_may_descend_from_a_variant():
    grid = {"seeds": [1, 2], "grid": {"learning_rate": [OWN, 1e-4]}}
    later = {"from": f"{X}-lr1e-4", "recipe": "instruct", "data": "everyday_en"}
    study = default_study(models={X: grid, "later": later})
    assert study.model("later").parent == f"{X}-lr1e-4"
    assert study.model("later-s2").parent == f"{X}-lr1e-4-s2"


def test_a_grid_without_the_recipes_value_gives_the_name_to_its_first():
    study = default_study(models={X: {"grid": {"learning_rate": [1.5e-4, 2e-4]}}})
    assert (study.recipe(X).learning_rate, study.recipe(f"{X}-lr2e-4").learning_rate) == (
        1.5e-4, 2e-4,
    )  # fmt: skip


def test_each_value_of_a_grid_has_each_seed():
    study = default_study(models={X: {"seeds": [1, 2], "grid": {"learning_rate": [OWN, 1e-4]}}})
    assert study.siblings(f"{X}-lr1e-4") == [f"{X}-lr1e-4-s2"]
    last = study.model(f"{X}-lr1e-4-s2")
    assert (last.seed, last.recipe.learning_rate) == (2, 1e-4)
    assert study.origin(last.name) == f"{X}-s2"
    assert study.compare == ("base", X, f"{X}-lr1e-4", "billa-zh")


@pytest.mark.parametrize(
    ("key", "value", "name"),
    [
        ("learning_rate", 3e-4, "lr3e-4"),
        ("learning_rate", 1.5e-4, "lr15e-5"),
        ("weight_decay", 0.1, "wd1e-1"),
        ("steps", 1000, "steps1000"),
        ("epochs", 2.0, "epochs2"),
        ("warmup", 0, "warmup0"),
        ("schedule", "linear", "schedule-linear"),
        ("pack", False, "pack-false"),
    ],
)
def test_names_have_no_dot(key, value, name):
    assert name_value(key, value) == name


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"seeds": [1, 1]}, "seeds: found [1, 1], expected each entry once"),
        ({"seeds": []}, "seeds: found [], expected at least one entry"),
        ({"seeds": ["a"]}, "seeds.0: found 'a', expected a whole number"),
        ({"models": {"billa-extended": {"seeds": [1]}}},
         "models.billa-extended.seeds: only a stage with 'recipe' is trained, found 'extend'"),
        ({"models": {"billa-extended": {"grid": {"steps": [1]}}}},
         "models.billa-extended.grid: only a stage with 'recipe' is trained, found 'extend'"),
        ({"models": {X: {"grid": {"lerning_rate": [1e-4]}}}},
         f"models.{X}.grid.lerning_rate: unknown key; did you mean 'learning_rate'?"),
        ({"models": {X: {"grid": {"learning_rate": [1e-4, "fast"]}}}},
         f"models.{X}.grid: learning_rate: found 'fast', expected a number"),
        ({"models": {X: {"grid": {"learning_rate": ["1e-4", 1e-4]}}}},
         f"models.{X}.grid.learning_rate: found ['1e-4', 0.0001], expected each value once"),
        ({"models": {X: {"grid": {"batch": [0]}}}},
         f"models.{X}.grid: batch: found 0, expected at least 1"),
        ({"models": {X: {"grid": {"epochs": [1, 2]}}}},
         f"models.{X}.grid: recipes.instruct: expected either 'steps' or 'epochs'"),
        ({"models": {X: {"seeds": [1, 2]}, f"{X}-s2": {"from": X, "extend": {"zh": 9}}}},
         f"models.{X}: two models are called '{X}-s2'"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_line(changes, line):
    with pytest.raises(InputError) as error:
        default_study(**changes)
    assert str(error.value) == f"study.yaml: {line}"


def test_the_study_is_written_down_as_it_was_given():
    settings = copy.deepcopy(DEFAULT) | {"seeds": [1, 2]}
    assert '"seeds": [1, 2]' in load_study(settings, "study.yaml").written
    assert "-s2" not in load_study(settings, "study.yaml").written
