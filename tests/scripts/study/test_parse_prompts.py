"""A study's wordings are known, and have a request for each direction."""

import pytest

from scripts.common.errors import InputError
from tests.support.studies import default_study


def test_a_study_may_choose_its_wordings():
    assert default_study().prompts == "default"
    for name in ("rotating", "x-llm", "billa"):
        assert default_study(prompts=name).prompts == name


def test_an_unknown_set_is_told_with_the_nearest():
    with pytest.raises(InputError, match="prompts: unknown wordings 'rotate'; did you mean 'rota"):
        default_study(prompts="rotate")


def test_a_direction_without_a_request_is_told():
    benchmark = {"ui_en-el": {"limit": 8}}
    with pytest.raises(InputError, match=r"benchmarks\.ui_en-el: prompts: billa has no request"):
        default_study(prompts="billa", benchmarks=benchmark)
    default_study(prompts="rotating", benchmarks=benchmark)
    data = {"data": {"more": "sphinx_en-el"}, "models": {"x-smollm2-zh": {"data": "more"}}}
    with pytest.raises(InputError, match=r"models\.x-smollm2-zh\.data: prompts: billa"):
        default_study(prompts="billa", **data)
