"""A package that a score needs is missed before anything is trained."""

import pytest

from scripts.common.errors import InputError
from scripts.plan import packages
from tests.support.studies import default_study

JAPANESE = default_study(benchmarks={"ui_en-ja": {"limit": 8}})


@pytest.fixture
def nothing_installed(monkeypatch):
    monkeypatch.setattr(packages, "find_spec", lambda _: None)


@pytest.mark.usefixtures("nothing_installed")
def test_what_is_missing_is_told_with_the_command_that_installs_it():
    message = r"benchmarks\.ui_en-ja: bleu cuts Japanese by ja-mecab, .*MeCab.*'sacrebleu\[ja\]'"
    with pytest.raises(InputError, match=message):
        packages.check_packages(JAPANESE)
    with pytest.raises(InputError, match="ko-mecab"):
        packages.check_packages(default_study(), ["flores200_en-ko.bleu"])


@pytest.mark.usefixtures("nothing_installed")
def test_other_languages_and_metrics_need_none():
    packages.check_packages(default_study(), ["flores200_ja-en.bleu", "flores200_en-ko.chrf"])
    chrf = {"ui_en-ja": {"metrics": ["chrf"]}}
    packages.check_packages(default_study(benchmarks=chrf))


def test_what_is_installed_is_found(monkeypatch):
    asked = []
    monkeypatch.setattr(packages, "find_spec", lambda name: asked.append(name) or object())
    packages.check_packages(JAPANESE)
    assert asked == ["MeCab"]
