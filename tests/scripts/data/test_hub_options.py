"""What a card says of its files' form is followed, or refused: never passed over."""

import pytest
from datasets.packaged_modules.csv.csv import CsvConfig
from datasets.packaged_modules.json.json import JsonConfig
from datasets.packaged_modules.parquet.parquet import ParquetConfig
from datasets.packaged_modules.text.text import TextConfig

from scripts.common.errors import InputError
from scripts.data.hub_options import list_options
from scripts.study.hub_data import HubData

DATA = HubData("org/name")
BUILDERS = {"csv": CsvConfig, "json": JsonConfig, "parquet": ParquetConfig, "text": TextConfig}


def options(form: str, card: tuple = (), **settings):
    return list_options(DATA, form, BUILDERS[form](name="en", **settings), card or settings)


@pytest.mark.parametrize(
    ("form", "settings", "expected"),
    [
        ("parquet", {}, {}),
        ("parquet", {"columns": ["a"]}, {}),
        ("json", {"field": "data"}, {"format": "json", "records": "data"}),
        ("json", {"encoding": "utf-16"}, {"encoding": "utf-16"}),
        ("csv", {}, {}),
        ("csv", {"encoding": "UTF-8"}, {}),
        ("csv", {"sep": ";"}, {"format": "csv", "delimiter": ";", "quotes": True}),
        ("csv", {"delimiter": "\t"}, {"format": "csv", "delimiter": "\t", "quotes": True}),
        ("csv", {"quoting": 3}, {"format": "csv", "delimiter": ",", "quotes": False}),
        ("csv", {"names": ["a", "b"]}, {"header": ["a", "b"]}),
        ("csv", {"column_names": ["a"], "header": None}, {"header": ["a"]}),
        ("text", {}, {}),
        ("text", {"sample_by": "paragraph"}, {"format": "txt", "unit": "paragraph"}),
        ("text", {"sample_by": "document"}, {"format": "txt", "unit": "file"}),
    ],
)
def test_settings_become_options_of_our_readers(form, settings, expected):
    assert options(form, **settings) == expected


@pytest.mark.parametrize(
    ("form", "settings", "named"),
    [
        ("csv", {"skiprows": 3}, "skiprows"),
        ("csv", {"header": None}, "header"),
        ("csv", {"names": ["a"], "header": 0}, "header"),
        ("csv", {"sep": r"\s+"}, "sep"),
        ("csv", {"on_bad_lines": "skip"}, "on_bad_lines"),
        ("parquet", {"filters": [("a", "==", 1)]}, "filters"),
        ("text", {"sample_by": "word"}, "sample_by"),
    ],
)
def test_a_setting_that_is_not_followed_is_refused(form, settings, named):
    with pytest.raises(InputError, match=rf"of the {form} files of 'en' \(.*{named}.*\) is not"):
        options(form, **settings)


def test_a_setting_of_another_form_is_refused():
    """`datasets` takes all configs for the form of the first, and passes over what that lacks."""
    with pytest.raises(InputError, match=r"of the parquet files of 'en' \(sep\) is not followed"):
        options("parquet", card=("data_files", "default", "sep"))


def test_a_form_without_text_is_named():
    with pytest.raises(InputError, match="its files are imagefolder; expected one of parquet"):
        list_options(DATA, "imagefolder", None, ())
