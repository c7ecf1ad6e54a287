"""What is known of a base of the hub before it is here: by its record, the cache, the registry."""

import json

import pytest
from huggingface_hub import constants

from scripts.common.errors import InputError
from scripts.plan.convert import base_inputs, base_options, hub_models
from scripts.plan.hub_base import ask_hub, hub_base
from scripts.plan.model_sizes import base_shape
from scripts.plan.report import source_facts
from scripts.study.hub import HubModel
from scripts.study.registry import Registry
from tests.support.studies import default_study

CONFIG = {
    "num_hidden_layers": 3, "hidden_size": 64, "num_attention_heads": 4, "vocab_size": 320,
    "intermediate_size": 96, "tie_word_embeddings": True,
}  # fmt: skip
COMMIT = "0123456789" * 4


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """An empty cache of the hub's client, in a folder that a study is planned in."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def hub_study(source: str):
    return default_study(base={"from": source, "format": "brief"})


def write_config(cache, **changes) -> None:
    """Let the cache have the config of a branch."""
    folder = cache / "models--org--tiny"
    (folder / "refs").mkdir(parents=True)
    (folder / "refs/main").write_text(COMMIT)
    (folder / "snapshots" / COMMIT).mkdir(parents=True)
    (folder / "snapshots" / COMMIT / "config.json").write_text(json.dumps(CONFIG | changes))


def write_record(**changes) -> None:
    model = HubModel("org/tiny")
    model.record.parent.mkdir(parents=True)
    facts = {"repository": "org/tiny", "revision": "main", "commit": COMMIT, "files": {}}
    model.record.write_text(json.dumps(facts | {"config": CONFIG} | changes))


def test_the_shape_is_the_caches_and_then_the_records(cache):
    study = hub_study("hf:org/tiny")
    with pytest.raises(InputError, match=r"^hf:org/tiny: its config\.json is not here yet"):
        base_shape(study)
    write_config(cache)
    assert base_shape(study).layers == 3
    write_record(config=CONFIG | {"num_hidden_layers": 5})
    assert base_shape(study).layers == 5


def test_a_registered_model_has_its_shape_without_either():
    shape = base_shape(hub_study("hf:Qwen/Qwen3-0.6B-Base@some-branch"))
    assert (shape.layers, shape.width, shape.head_dim) == (28, 1024, 128)
    assert base_shape(default_study(base="qwen3-0.6b")) == shape


def test_the_record_stands_for_the_model():
    for study, record in [
        (hub_study("hf:org/tiny@v1"), "results/raw/hf/org/tiny@v1.json"),
        (default_study(base="qwen3-0.6b"), "results/raw/hf/Qwen/Qwen3-0.6B-Base@main.json"),
    ]:
        assert base_inputs(study) == [record]
        assert base_options(study) == ["--form", "hub", "--raw", record]
        assert record.removeprefix("results/raw/") in hub_models(study)


def test_the_report_names_repository_and_record():
    source = json.loads(source_facts(hub_study("hf:org/tiny@v1")))[-1]
    assert (source["dataset"], source["url"]) == ("base", "hf:org/tiny@v1")
    assert source["home"] == "https://huggingface.co/org/tiny"
    assert source["record"] == "results/raw/hf/org/tiny@v1.json"


def test_nothing_is_asked_where_the_record_is(capsys):
    study = hub_study("hf:org/tiny")
    assert hub_base(study) == HubModel("org/tiny")
    ask_hub(study)  # tests have no network
    warning = capsys.readouterr().err
    assert warning.startswith("warning: hf:org/tiny: HF_HUB_OFFLINE is set, and not all of its")
    assert warning.endswith("; not checked\n") and warning.count("\n") == 1
    write_record()
    ask_hub(study)
    ask_hub(default_study())  # a base that is none of the hub's
    assert capsys.readouterr().err == ""


def test_a_record_that_is_none_is_refused():
    write_record(commit="main")
    with pytest.raises(InputError, match=r"tiny@main\.json: commit: found 'main', expected 40 hex"):
        base_shape(hub_study("hf:org/tiny"))
    with pytest.raises(InputError, match=r"tiny@main\.json: commit: found 'main', expected 40 hex"):
        ask_hub(hub_study("hf:org/tiny"))


@pytest.mark.parametrize(
    ("name", "facts"),
    [("a", 3), ("a", {"sise": 3}), ("a", {"size": 1, "sha256": "x"}), ("../a", {})],
)
def test_a_record_names_its_files_sizes_and_digests(name, facts):
    write_record(files={name: facts})
    with pytest.raises(InputError, match=rf"files\.{name}: found .*delete the record to fetch"):
        ask_hub(hub_study("hf:org/tiny"))


def test_shapes_of_the_registry_have_the_published_numbers_of_weights():
    """SmolLM2-360M as transformers counts it, BLOOM-560M as KerasHub does."""
    from scripts.convert.model_shape import Shape, count_weights

    models = Registry().models
    for name, weights in [("smollm2-360m", 361_821_120), ("bloom-560m", 559_214_592)]:
        assert count_weights(Shape(**models[name]["shape"])).total == weights
