"""A data set of the hub is fetched by a rule of its own, and its commit is in report and card."""

import json
from dataclasses import replace

import pytest

from scripts.common.files import write_json
from scripts.plan import data, release, report
from scripts.report import describe_study
from scripts.report.card.facts import read_records
from scripts.study.own_sources import NO_LICENCE, add_sources
from tests.support.studies import default_study

URL = "hf:org/talk@v1#en/train"
RAW = "hf/datasets/org/talk@v1/en/train.hub.json"
COMMIT = "0123456789" * 4


@pytest.fixture(scope="module")
def study():
    """The default study, whose first instructions are the hub's."""
    written = {"talk_en": {"url": URL, "columns": {"instruction": "q", "output": "a"}}}
    plain = default_study()
    registry = add_sources({"sources": written}, "study.yaml", plain.registry)
    talk = registry.dataset("talk_en").entry
    everyday = registry.datasets["everyday"]
    entry = {key: talk[key] for key in ("sources", "home", "licence")}
    registry.datasets = registry.datasets | {"everyday": everyday | entry}
    return replace(plain, registry=registry)


def test_it_is_no_raw_file_but_has_a_record(study):
    found = data.hub_data(study)
    assert str(found[RAW]) == URL
    assert not found.keys() & data.raw_files(study).keys()
    assert data.corpus_inputs(study, "talk_en") == [f"results/raw/{RAW}"]
    data.check_sources(study)
    assert data.hub_data(default_study()).keys() == found.keys() - {RAW}


def write_record(folder, **changes) -> None:
    record = {"repository": "org/talk", "revision": "v1", "commit": COMMIT, "licence": "mit"}
    write_json(folder / "results/raw" / RAW, record | changes)


def test_the_report_has_the_commit_and_the_licence_of_the_card(study, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert report.record_files(study) == [f"results/raw/{RAW}"]
    assert report.record_files(default_study()) == []
    for stated, licence in [("mit", "mit"), (None, NO_LICENCE)]:
        write_record(tmp_path, licence=stated)
        command = ["--settings", "{}", "--sources", report.source_facts(study)]
        command += ["--output", "study.json", "--sources-output", "sources.json"]
        describe_study.main(describe_study.parser().parse_args(command))
        sources = json.loads((tmp_path / "sources.json").read_text())
        found = [source for source in sources if "commit" in source]
        assert {(one["url"], one["commit"], one["licence"]) for one in found} == {
            (URL, COMMIT, licence)
        }


def test_the_card_has_the_commit_and_the_licence_of_the_data(study, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    facts = json.loads(release.card_facts(study, study.main))["data"]
    found = [entry for entry in facts.values() if "records" in entry]
    assert found and release.record_files(study, study.main) == [f"results/raw/{RAW}"]
    write_record(tmp_path)
    read = read_records(found[0])
    assert read == {"commits": {"org/talk": COMMIT}, "licence": "mit"}
    assert "licence" not in read_records(found[0] | {"licence": "CC0"})  # the study's word counts
    assert all("records" not in one for one in facts.values() if one not in found)
