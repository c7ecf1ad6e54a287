"""Names of a study become files' names: what no file system can hold apart is refused."""

import pytest

from scripts.common.errors import InputError
from scripts.study.parse_study import load_study
from tests.support.studies import DEFAULT


def with_model(name):
    """Return the default study with one more model."""
    models = DEFAULT["models"]
    return DEFAULT | {"models": models | {name: next(iter(models.values()))}}


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("X-smollm2-zh", "differs from 'x-smollm2-zh' only in case"),
        ("Tables", "differs from 'tables' only in case"),
        ("tables", "reserved"),
        ("wordings", "reserved"),
        ("cards", "reserved"),
        ("a b", "not made of letters"),
        ("x\n", "one line without control characters"),
        ("x" * 300, "at most 100 bytes"),
        ("../x", "not made of letters"),
        ("x\x1b[31m", "one line without control characters"),
    ],
)
def test_a_model_of_this_name_is_refused(name, told):
    with pytest.raises(InputError, match=told) as refused:
        load_study(with_model(name), "study.yaml")
    assert "\n" not in str(refused.value) and "\x1b" not in str(refused.value)


@pytest.mark.parametrize("seed", [4294967296, -1, 1.5, "3", True])
def test_a_seed_that_no_library_takes_is_refused(seed):
    with pytest.raises(InputError, match="seed"):
        load_study(DEFAULT | {"seed": seed}, "study.yaml")


def test_the_name_of_a_study_ends_where_it_ends():
    with pytest.raises(InputError, match="name"):
        load_study(DEFAULT | {"name": "mine\n"}, "study.yaml")
