"""What a study asks to be cleaned fits the data set, or costs one line."""

import pytest

from scripts.common.errors import InputError
from scripts.study.clean import Clean
from tests.support.studies import default_study


def test_a_data_set_is_cleaned_only_where_the_study_says_so():
    assert default_study().clean == {}
    asked = {"horizon_en-zh": {"shards": 8, "language": 0.5}, "sanguo_zh": {"shards": 2}}
    clean = default_study(clean=asked).clean
    assert clean == {"horizon_en-zh": Clean(shards=8, language=0.5), "sanguo_zh": Clean(shards=2)}
    assert clean["horizon_en-zh"].drops and not clean["sanguo_zh"].drops


def test_pairs_that_are_trained_on_in_both_directions_are_cleaned_in_both():
    models = {"x-smollm2-zh": {"data": {"horizon_en-zh": 1, "horizon_zh-en": 1}}}
    one, both = {"horizon_en-zh": {"language": 0.5}}, {"horizon_zh-en": {}}
    with pytest.raises(InputError, match="horizon_zh-en, the same data, is used"):
        default_study(clean=one, models=models)
    assert len(default_study(clean=one | both, models=models).clean) == 2


@pytest.mark.parametrize(
    ("clean", "message"),
    [
        ({"horizon_en-hz": {}}, "no model is trained on 'horizon_en-hz'; did you mean 'horizon_e"),
        ({"flores_en-zh": {"shards": 2}}, "no model is trained on 'flores_en-zh'"),
        ({"horizon_en-zh": {"shard": 8}}, "clean.horizon_en-zh.shard: unknown key; did you mean"),
        ({"horizon_en-zh": {"language": 50}}, "clean.horizon_en-zh.language: found 50, expected"),
        ({"horizon_en-zh": {"quality": ["gofer"]}}, "expected one of: gopher, repetition, fineweb"),
        ({"horizon_en-zh": {"quality": ["fineweb"]}}, "expected text data, found parallel data"),
        ({"sanguo_zh": {"length_ratio": 3}}, "length_ratio: expected pairs, found text data"),
        ({"sanguo_zh": {"quality": ["fineweb", "gopher"]}}, "gopher counts words, which zh writes"),
    ],
)
def test_a_mistake_costs_one_line(clean, message):
    with pytest.raises(InputError) as error:
        default_study(clean=clean)
    assert message in str(error.value) and "\n" not in str(error.value)
