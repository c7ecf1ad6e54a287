"""A mistake in a study costs one line that names file, key, what was found and what was meant."""

import copy

import pytest
import yaml

from scripts.common.errors import InputError
from scripts.common.files import ROOT
from scripts.study.extension import Extension
from scripts.study.parse_study import load_study

DEFAULT = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))


def change(path: str, value) -> dict:
    """Return the default study with one key set; the path's parts are separated by slashes."""
    settings = copy.deepcopy(DEFAULT)
    *folders, key = path.split("/")
    place = settings
    for folder in folders:
        place = place.setdefault(folder, {})
    place[key] = value
    return settings


def test_new_rows_may_be_trained_first_and_without_lora():
    settings = change("recipes/pretrain/trains", "new_rows")
    study = load_study(settings, "config.yaml")
    assert study.model("billa-pretrain").recipe.trains == "new_rows"
    settings["recipes"]["pretrain"]["lora"] = {"rank": 4}
    with pytest.raises(InputError, match=r"recipes\.pretrain: either lora or 'trains: new_rows'"):
        load_study(settings, "config.yaml")


def test_an_ablation_varies_the_start_of_rows_and_nothing_else():
    changed = {"after": "billa-pretrain", "methods": ["mean", "focus"], "report": True}
    study = load_study(change("embedding_init", changed), "config.yaml")
    assert study.embedding_init.pairs == {
        "mean": ("billa-extended.mean", "billa-pretrain.mean"),
        "subtokens": ("billa-extended", "billa-pretrain"),
        "focus": ("billa-extended.focus", "billa-pretrain.focus"),
    }
    variant, origin = study.model("billa-pretrain.mean"), study.model("billa-pretrain")
    assert (variant.parent, study.origin(variant.name)) == ("billa-extended.mean", origin.name)
    assert (variant.recipe, variant.data) == (origin.recipe, origin.data)
    assert study.model("billa-extended.mean").embeddings == "mean"
    assert "billa-pretrain.mean" not in study.shown(study.stages)


def test_an_ablation_varies_every_stage_on_the_way():
    study = load_study(change("embedding_init", {"after": "billa-task", "methods": ["mean"]}), "x")
    assert [model.name for model in study.lineage("billa-task.mean")] == [
        "base", "billa-extended.mean", "billa-pretrain.mean", "billa-task.mean",
    ]  # fmt: skip
    assert study.embedding_init.pairs["mean"] == ("billa-extended.mean", "billa-task.mean")


def test_a_study_without_texts_has_no_ablation_unless_it_asks():
    settings = change("benchmarks", {"ui_en-zh": None})
    assert load_study(settings, "config.yaml").embedding_init is None
    settings["embedding_init"]["report"] = True
    with pytest.raises(InputError, match=r"embedding_init\.report: the study's benchmarks have no"):
        load_study(settings, "config.yaml")


def test_a_mapping_that_contains_itself_is_refused():
    settings = copy.deepcopy(DEFAULT)
    settings["models"]["loop"] = settings["models"]
    with pytest.raises(InputError, match=r"^config\.yaml: a mapping or list contains itself"):
        load_study(settings, "config.yaml")


def test_the_default_study_is_valid_and_chains_its_stages():
    study = load_study(DEFAULT, "config.yaml")
    assert [model.name for model in study.lineage("billa-zh")] == [
        "base", "billa-extended", "billa-pretrain", "billa-task", "billa-zh",
    ]  # fmt: skip
    assert study.model("billa-zh").format == "billa"
    assert study.model("x-smollm2-zh").format == "chatml"


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("sed", 1, ["sed: unknown key", "did you mean 'seed'"]),
        ("models/x-smollm2-zh/recipee", "instruct", ["recipee: unknown key", "'recipe'"]),
        ("recipes/instruct/learning_rat", 1, ["learning_rat: unknown key", "'learning_rate'"]),
        ("recipes/instruct/learning_rate", -1, ["learning_rate", "found -1", "more than 0"]),
        ("recipes/instruct/learning_rate", "3e-4", ["found '3e-4'", "a number; write 0.0003"]),
        ("recipes/instruct/objective", "respons", ["found 'respons'", "'response'"]),
        ("recipes/instruct/format", "chatlm", ["recipes.instruct.format", "'chatml'"]),
        ("recipes/instruct/epochs", 2, ["either 'steps' or 'epochs'"]),
        ("recipes/instruct/learning_rate", "1e-5", ["found '1e-5'", "a number; write 1.0e-05"]),
        ("recipes/instruct/learning_rate", "nan", ["found 'nan', expected a number"]),
        (
            "formats",
            {"my": {"prompt": "{query}", "end": ""}},
            ["end: found '', expected at least 1"],
        ),
        ("base", "org/tiny", ["base: found a model of the hub; write {from: hf:org/tiny, "]),
        ("base", "smollm2-135m-instrct", ["base: unknown model", "'smollm2-135m-instruct'"]),
        ("base", {"from": "not/there", "format": "brief"}, ["base.from", "'not/there'"]),
        ("base", {"from": "meta:not/there", "format": "brief"}, ["base.from", "'not/there'"]),
        ("base", {"folder": "x", "format": "brief"}, ["base", "'from' and 'format'"]),
        ("run", {"zero": 3}, ["run.zero: only deepspeed has stages, found engine single"]),
        ("run", {"offload": "all", "engine": "ddp"}, ["run.offload: expected engine deepspeed"]),
        ("run", {"engine": "horovod"}, ["run.engine", "'horovod'", "deepspeed, fsdp"]),
        ("recipes/instruct/lora", {"alpha": 16}, ["lora", "rank"]),
        ("recipes/instruct/betas", [0.9, 0.9, 0.9], ["betas", "at most 2 entries"]),
        ("main", "x-smollm2-hz", ["main: unknown model", "'x-smollm2-zh'"]),
        ("compare", ["base", "bila-zh"], ["compare: unknown model", "'billa-zh'"]),
        ("models/billa-zh/from", "bila-task", ["billa-zh.from", "'billa-task'"]),
        ("models/billa-pretrain/from", "billa-zh", ["a cycle of parents", "billa-task"]),
        ("models/billa-zh/data", "everyday_fr", ["unknown dataset 'everyday_fr'", "everyday_"]),
        ("models/billa-zh/data", "uii", ["unknown dataset 'uii'", "'ui'"]),
        ("models/billa-zh/data", {"ui": -2}, ["data.ui", "found -2", "at least 0"]),
        ("models/billa-zh/data", {"ui": 0}, ["every weight is zero"]),
        ("models/billa-zh/data", "wagtail_en-zh", ["held out for the benchmark ui_"]),
        ("models/billa-zh/data", "horizon_en-zh.tr", ["expected a side", "en or zh"]),
        ("models/billa-zh/data", "xquad_zh", ["cannot be trained on"]),
        ("models/billa-zh/data", "sanguo_zh", ["sanguo_zh: found running text", "'response'"]),
        ("models/billa-zh/data", "sphinx_en-zh.zh", ["sphinx_en-zh.zh: found running text"]),
        ("models/billa-zh/data", "ui++ui", ["found '' in 'ui++ui', expected a data expression"]),
        ("models/billa-zh/data", "", ["data: found '', expected a data expression"]),
        ("data/ui", "zh + ui", ["config.yaml: data.ui: a cycle of aliases: ui → ui"]),
        ("data", {"a": "b", "b": "a"}, ["config.yaml: data.a: a cycle of aliases: a → b → a"]),
        ("recipes/instruct/batch", 2.0, ["found 2.0, expected a whole number; write 2"]),
        ("recipes/instruct/betas", [0.9, float("nan")], ["betas.1: found nan"]),
        ("run", {"compile": "no"}, ["run.compile: found 'no', expected true or false; leave the"]),
        ("main", False, ["main: found False, expected a text; put it in quotes"]),
        ("seed", True, ["seed: found True, expected a whole number"]),
        ("benchmarks/ui_en-zh", 3, ["found 3, expected a mapping or nothing"]),
        ("embedding_init/methods", ["mean", "mean"], ["methods", "each entry once"]),
        ("models/billa-extended/extend", {"zhh": 10}, ["unknown language 'zhh'", "'zh'"]),
        (
            "models/billa-extended/extend",
            {"vi": {"pieces": 10, "policy": "script"}},
            ["extend.vi.policy", "Latn", "English's own", "'unchanged'"],
        ),
        ("models/billa-extended/extend", {"vi": 10}, ["expected an alias data.vi"]),
        ("models/billa-extended/reference", "en", ["reference: under 'policy: script'"]),
        (
            "models/x-tr",
            {"from": "base", "extend": {"zh": {"pieces": 9, "policy": "all"}}, "reference": "ne"},
            ["models.x-tr.reference: unknown alias 'ne'; expected one of: en,"],
        ),
        (
            "models/x-tr",
            {"from": "base", "extend": {"zh": {"pieces": 9, "policy": "all"}}, "reference": "zh"},
            ["models.x-tr.reference: zh: sanguo_zh has no text in 'en'"],
        ),
        (
            "models/x-tr",
            {"from": "base", "extend": {"zh": 9}, "shrink": 5, "replace": 5},
            ["models.x-tr: either 'shrink' or 'replace'"],
        ),
        ("models/billa-task/reference", "en", ["billa-task.reference: only a stage with 'ext"]),
        ("models/billa-extended/extend", {"ar": 10}, ["data.ar"]),
        ("models/billa-extended/extend", {"zh": 0}, ["extend.zh: found 0", "at least 1"]),
        ("models/billa-extended/extend", {"zh": {"peices": 9}}, ["zh.peices: unknown", "'pieces'"]),
        (
            "models/billa-extended/extend",
            {"zh": {"policy": "all"}},
            ["extend.zh: expected 'pieces'"],
        ),
        (
            "models/billa-extended/extend",
            {"zh": {"model": "zh.model"}},
            ["zh.model: source 'zh.model'"],
        ),
        (
            "models/billa-extended/extend",
            {"zh": {"model": "manual:zh.json"}},
            ["manual:<path>.model"],
        ),
        ("models/billa-extended/extend", {"zh": {"model": "https://a.org/z.model"}}, ["'sha256'"]),
        (
            "models/billa-extended/extend",
            {"zh": {"model": "manual:zh.model", "coverage": 0.99}},
            ["extend.zh.coverage", "not learned"],
        ),
        (
            "models/billa-extended/extend",
            {"zh": {"pieces": 9, "policy": "most"}},
            ["script, unchanged, all"],
        ),
        ("models/billa-extended/extend", {"zh": {"pieces": 9, "coverage": 2}}, ["at most 1"]),
        ("models/billa-extended/embeddings", "focsu", ["embeddings: found 'focsu'", "'focus'"]),
        ("models/billa-task/embeddings", "mean", ["billa-task.embeddings: only a stage with 'ext"]),
        (
            "models/x-focus",
            {
                "from": "base",
                "embeddings": "focus",
                "extend": {"zh": 9, "ar": {"model": "manual:ar.model"}},
            },
            ["models.x-focus.embeddings: focus learns from text; expected data.ar"],
        ),
        (
            "models/billa-extended",
            {"from": "base", "prune": 5, "extend": {"ar": {"model": "manual:a.model"}}},
            ["extend.ar: expected an alias data.ar", "'prune: 5' counts"],
        ),
        (
            "models/billa-extended/prune",
            5.0,
            ["prune: found 5.0, expected a whole number; write 5"],
        ),
        ("models/billa-extended/prune", "5", ["prune: found '5'", "a whole number; write 5"]),
        ("models/billa-extended/extend", {"zh": "40"}, ["found '40'", "write 40"]),
        ("models/billa-extended/extend", {"zh": 40.0}, ["found 40.0"]),
        (
            "models/billa-extended/extend",
            {"zh": {"pieces": 9, "sha256": "0" * 64}},
            ["extend.zh.sha256: only a ready 'model' has one"],
        ),
        (
            "models/billa-extended/extend",
            {"zh": {"model": "file:nowhere.model"}},
            ["extend.zh.model: 'file:nowhere.model': no such file"],
        ),
        ("models/billa-extended/prune", 1, ["billa-extended.prune", "at least 2"]),
        ("recipes/instruct/trains", "new", ["instruct.trains: found 'new'", "new_rows"]),
        ("recipes/instruct/trains", "new_rows", ["x-smollm2-zh: 'trains: new_rows'", "'extend'"]),
        ("embedding_init", {"after": "x-smollm2-zh"}, ["'x-smollm2-zh' is not trained from a mod"]),
        ("embedding_init", {"after": "billa-extended"}, ["'billa-extended' is not trained from"]),
        ("embedding_init", {"after": "billa-pretrian"}, ["after: unknown", "'billa-pretrain'"]),
        ("embedding_init", {"aftr": "billa-pretrain"}, ["aftr: unknown key", "'after'"]),
        (
            "embedding_init",
            {"after": "billa-pretrain", "methods": ["focsu"]},
            ["methods.0: found 'focsu'", "'focus'"],
        ),
        (
            "embedding_init",
            {"after": "billa-pretrain", "benchmarks": ["text_hz"]},
            ["embedding_init.benchmarks: 'text_hz'", "'text_zh'"],
        ),
        ("models/tables", {"from": "base", "extend": {"zh": 9}}, ["reserved"]),
        ("models/auxiliary", {"from": "base", "extend": {"zh": 9}}, ["reserved"]),
        (
            "tables",
            {"x-llm-flore": {"LLaMA-7B": "base"}},
            ["tables: unknown table", "x-llm-flores"],
        ),
        (
            "tables",
            {"x-llm-qa": {"Alpaca-7B": 3}},
            ["tables.x-llm-qa.Alpaca-7B", "name of a model"],
        ),
        ("benchmarks/ui_en-hz", {}, ["unknown benchmark 'ui_en-hz'", "'ui_en-zh'"]),
        ("benchmarks/ui_en-zh", {"limt": 3}, ["limt: unknown key", "'limit'"]),
        ("data/zh", "sanguo_zh + everyday_en", ["data.zh: everyday_en has no text in 'zh'"]),
        ("data/zh", "horizon_en-zh.en", ["data.zh: horizon_en-zh has no text in 'zh'"]),
        ("data/other", "sanguo_hz", ["data.other", "'sanguo_zh'"]),
        (
            "data/translate",
            "ui + + en",
            ["data.translate: found '' in 'ui + + en', expected a data"],
        ),
        ("data/translate", "7", ["data.translate: unknown dataset '7'", "in all)"]),
        ("models/42", {}, ["models.42: the key 'from' is missing"]),
        ("models/-x", {"from": "base", "extend": {"zh": 9}}, ["models.-x: the name"]),
        ("models/billa-extended/extend", {}, ["found {}", "at least one entry"]),
        ("recipes/instruct/learning_rate", float("nan"), ["found nan", "a finite number"]),
        ("recipes/unused", {**DEFAULT["recipes"]["task"], "format": "no"}, ["recipes.unused"]),
        ("compare", [], ["compare: found []", "at least one entry"]),
        (
            "benchmarks",
            {"xquad_zh": {"metrics": ["bleu"]}},
            ["benchmarks.xquad_zh.metrics: 'bleu' is no metric of the task 'answer'"],
        ),
        ("benchmarks", {"mgsm_zh": {"max_new_tokens": 0}}, ["mgsm_zh.max_new_tokens: found 0"]),
        ("benchmarks/ui_en-zh/metrics", ["blue"], ["ui_en-zh.metrics: 'blue'", "mean 'bleu'"]),
        ("benchmarks/text_zh/metrics", ["bleu"], ["'bleu' is no metric of the task 'text'"]),
        ("score/baseline", "bas", ["score.baseline: unknown model", "'base'"]),
        ("score/baseline", "billa-task", ["score.baseline: 'billa-task' is not among compare"]),
        ("base", "/models/my", ["{from: /models/my, format: brief}"]),
        ("run/engine", "deepsped", ["run.engine: found 'deepsped'", "did you mean 'deepspeed'"]),
        ("run/zero", 4, ["run.zero: found 4", "1, 2, 3"]),
        ("name", "My study", ["name: found 'My study'", "lower-case"]),
    ],
)
def test_a_mistake_is_one_clear_line(path, value, words):
    with pytest.raises(InputError) as error:
        load_study(change(path, value), "config.yaml")
    message = str(error.value)
    assert message.startswith("config.yaml: ")
    assert "\n" not in message
    for word in words:
        assert word in message, message


def test_keys_that_yaml_takes_for_something_else_are_named():
    for key, shown in ((42, "42"), (False, "False")):
        with pytest.raises(InputError, match=f"models: found the key {shown}, expected text"):
            load_study(DEFAULT | {"models": {key: {"from": "base"}}}, "config.yaml")


def test_a_missing_key_is_named():
    settings = copy.deepcopy(DEFAULT)
    del settings["main"]
    with pytest.raises(InputError, match="the key 'main' is missing"):
        load_study(settings, "config.yaml")


def test_every_registry_name_resolves():
    registry = load_study(DEFAULT, "config.yaml").registry
    for name in registry.dataset_names():
        assert registry.dataset(name).sources, name
    for name in registry.benchmark_names():
        assert registry.benchmark(name).dataset.sources, name
    assert {"flores_en-zh", "flores_zh-en", "xquad_zh", "ui_en-zh", "gloss_zh"} <= set(
        registry.benchmark_names()
    )


def test_half_precision_that_an_engine_does_not_scale_is_refused():
    settings = change("recipes/instruct/precision", "fp16")
    settings["run"] |= {"engine": "fsdp"}
    with pytest.raises(InputError, match=r"models.x-smollm2-zh: fsdp trains in bf16 or fp32"):
        load_study(settings, "config.yaml")


def test_a_floor_without_a_cosine_is_refused():
    settings = change("recipes/instruct/floor", 0.1)
    settings["recipes"]["instruct"]["schedule"] = "linear"
    with pytest.raises(InputError, match=r"recipes.instruct.floor: only a cosine"):
        load_study(settings, "config.yaml")


def test_a_benchmark_takes_the_metrics_it_is_given():
    settings = change("benchmarks", {"ui_en-zh": {"metrics": ["ter", "chrf2pp"]}, "text_zh": {}})
    study = load_study(settings, "config.yaml")
    assert study.metrics == {"ui_en-zh": ("ter", "chrf2pp"), "text_zh": ("bpb", "ppl")}


JUDGE = {"base_url": "http://localhost:8000/v1", "model": "gpt-4"}


def test_a_judge_has_defaults():
    judge = load_study(change("score/judge", JUDGE), "config.yaml").score.judge
    assert judge.orders == "both" and judge.key == "OPENAI_API_KEY"
    assert load_study(DEFAULT, "config.yaml").score.judge is None


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ({"base_url": "localhost:8000"}, ["score.judge.base_url", "http://localhost:8000/v1"]),
        ({"base_url": "https://me:secret@example.org/v1"}, ["score.judge.base_url"]),
        ({"base_url": "https://example.org/v1?api_key=secret"}, ["without a key in it"]),
        ({"base_url": "https://example.org/sk-secret/v1"}, ["without a key in it"]),
        ({"base_url": "https://example.org/v1#secret"}, ["without a key in it"]),
        ({"prompts": "bila"}, ["score.judge.prompts: no wording 'bila'", "'billa'"]),
        ({"max_cost": 3}, ["score.judge.max_cost: found no price"]),
        ({"order": "both"}, ["judge.order: unknown key", "did you mean 'orders'"]),
        ({"key": "sk-secret"}, ["score.judge.key", "the name of an environment variable"]),
    ],
)
def test_a_wrong_judge_is_one_clear_line(written, words):
    with pytest.raises(InputError) as error:
        load_study(change("score/judge", JUDGE | written), "config.yaml")
    message = str(error.value)
    assert message.startswith("config.yaml: ") and "\n" not in message
    assert "secret" not in message.replace("#secret", "")
    for word in words:
        assert word in message, message


def test_an_extension_is_a_number_of_pieces_or_says_where_they_are_from():
    written = {
        "zh": {"model": "manual:chinese_sp.model", "policy": "all"},
        "vi": {"pieces": 5, "policy": "all", "coverage": 1},
    }
    settings = change("models/billa-extended/extend", written) | {}
    settings["data"] = {**settings["data"], "vi": "alpaca_vi"}
    study = load_study(settings, "config.yaml")
    assert study.model("billa-extended").extend == (
        ("zh", Extension(None, "manual:chinese_sp.model", "all")),
        ("vi", Extension(5, None, "all", 1)),
    )
    plain = load_study(change("models/billa-extended/extend", {"zh": 9}), "config.yaml")
    assert plain.model("billa-extended").extend == (("zh", Extension(9)),)
    assert plain.model("billa-extended").reference == ()


def test_rows_among_the_old_ones_cannot_be_trained_alone():
    settings = change("models/billa-extended/replace", 100)
    recipes = settings["recipes"]
    recipes["pretrain"] = recipes["pretrain"] | {"trains": "new_rows"}
    with pytest.raises(InputError, match=r"models.billa-pretrain: 'trains: new_rows' needs"):
        load_study(settings, "config.yaml")
    del settings["models"]["billa-extended"]["replace"]
    load_study(settings, "config.yaml")


def test_a_language_of_englishs_script_keeps_the_studys_english_as_it_is():
    written = {"from": "base", "extend": {"tr": 9, "ru": 9}}
    settings = change("models", {"billa-extended": written})
    settings |= {"main": "billa-extended", "compare": ["base"]}
    del settings["embedding_init"]
    data = settings["data"] | {"tr": "django_en-tr.tr", "ru": "django_en-ru.ru"}
    study = load_study(settings | {"data": data}, "config.yaml")
    model = study.model("billa-extended")
    assert model.extend == (("tr", Extension(9, policy="unchanged")), ("ru", Extension(9)))
    assert model.reference == study.texts["en"]
    del data["en"]
    with pytest.raises(InputError, match=r"models.billa-extended.reference: .*data.en"):
        load_study(settings | {"data": data}, "config.yaml")
    settings["models"] = {"billa-extended": {**written, "reference": "mine"}}
    data["mine"] = "everyday_en + django_en-tr.en"
    named = load_study(settings | {"data": data}, "config.yaml").model("billa-extended")
    assert [part.dataset for part in named.reference] == ["everyday_en", "django_en-tr"]
