"""Aliases of the registry are there for every study, and written down where one is used."""

import json

import pytest

from scripts.common.errors import InputError
from scripts.study.mixture import Part
from scripts.study.registry import Registry
from tests.support.studies import default_study

DATA = {"x-smollm2-zh": {"data": "translation_ncwm_zh-en[:1000]"}}


def parts(**changes) -> tuple[Part, ...]:
    return default_study(**changes).model("x-smollm2-zh").parts


def test_x_llms_translations_are_there_in_both_directions():
    aliases = Registry().aliases
    assert aliases["translation_ncwm_en-zh"] == "news-commentary_en-zh + wikimatrix_en-zh"
    assert aliases["translation_ncwm_en-el"] == "wikimatrix_en-el"
    assert [part.dataset for part in parts(models=DATA)] == [
        "news-commentary_zh-en", "wikimatrix_zh-en",
    ]  # fmt: skip


def test_the_study_says_which_it_used():
    written = json.loads(default_study(models=DATA).written)["data"]
    assert written["translation_ncwm_en-zh"].startswith("news-commentary")
    assert "translation_ncwm_en-el" not in written
    assert not any(
        name.startswith("translation") for name in json.loads(default_study().written)["data"]
    )


def test_a_studys_own_goes_first():
    own = {"translation_ncwm_en-zh": "django_en-zh"}
    assert [part.dataset for part in parts(models=DATA, data=own)] == ["django_zh-en"]


def test_an_alias_may_not_hide_a_data_set():
    with pytest.raises(InputError, match=r"data\.everyday_en: there is a data set of this name"):
        default_study(data={"everyday_en": "everyday_zh"})
