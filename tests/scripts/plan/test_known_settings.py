"""A study that was changed is never taken for the one that results are of."""

import json
from base64 import urlsafe_b64encode

import pytest

from scripts.common.errors import InputError
from scripts.plan.known_settings import DESCRIBED, check_settings
from tests.support.studies import default_study


@pytest.fixture
def results(tmp_path, monkeypatch):
    """Results of the default study whose .snakemake is gone."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "results").mkdir()
    (tmp_path / DESCRIBED).write_text(json.dumps(json.loads(default_study().written), indent=2))
    return tmp_path


def test_a_changed_study_without_snakemakes_memory_is_one_line(results):
    changed = default_study(seed=2)
    check_settings(default_study(run={"threads": 1}), ["all"])  # what changes no result
    for command in (["all"], ["all", "-n"]):
        with pytest.raises(InputError, match=r"^study.yaml: changed since results/ was made, and"):
            check_settings(changed, command)


def test_what_makes_all_again_is_no_mistake(results):
    for command in (["all", "--forceall"], ["-nF", "all"]):
        check_settings(default_study(seed=2), command)


def test_what_snakemake_knows_it_compares_itself(results):
    name = urlsafe_b64encode(DESCRIBED.encode()).decode()
    (results / ".snakemake" / "metadata").mkdir(parents=True)
    (results / ".snakemake" / "metadata" / name).write_text("{}")
    check_settings(default_study(seed=2), ["all"])


def test_a_folder_without_results_is_new(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    check_settings(default_study(), ["all"])
