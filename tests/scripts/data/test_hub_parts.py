"""Which files a config's split are, or one clear line with the names that there are."""

import pytest

from scripts.common.errors import InputError
from scripts.data.hub_parts import (
    Layout,
    Part,
    check_archives,
    choose_part,
    match_files,
    read_converted,
)
from scripts.study.hub_data import HubData

CONFIGS = {
    "en": {"train": ["en/0", "en/1"], "test": ["en/t"]},
    "zh": {"dev": ["zh/d"]},
    "el": {"dev": ["el/d"], "test": []},
}
FILES = [
    "README.md", ".gitattributes", "data/a.parquet", "data/b.parquet", "data/deep/c.parquet",
    "zh.csv", ".hidden/x.csv",
]  # fmt: skip


def data(part: str, **facts) -> HubData:
    return HubData("org/name", part=part, **facts)


def choose(part: str, default: str | None = "en", configs=CONFIGS):
    layout = Layout([*configs], default, lambda config: (configs[config], {"of": config}))
    found = choose_part(data(part), layout)
    return found.config, found.split, found.files, found.options


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        ("", ("en", "train", ["en/0", "en/1"])),
        ("en", ("en", "train", ["en/0", "en/1"])),
        ("test", ("en", "test", ["en/t"])),
        ("en/test", ("en", "test", ["en/t"])),
        ("zh", ("zh", "dev", ["zh/d"])),
    ],
)
def test_a_config_and_a_split_may_be_left_out(part, expected):
    assert choose(part) == (*expected, {"of": expected[0]})


@pytest.mark.parametrize(
    ("part", "default", "line"),
    [
        ("", None, "has several configs: name one behind '#'; expected one of: el, en, zh"),
        ("tets", "en", "has no config or split 'tets'; did you mean 'test'?"),
        ("en/tets", "en", "'en' has no split 'tets'; did you mean 'test'?"),
        ("eng/test", "en", "has no config 'eng'; did you mean 'en'?"),
        ("test", None, "has no config 'test', and no default config of which that could be"),
        ("el", "en", "has several splits, none of them train: name one behind '#'; expected"),
        ("el/test", "en", "of the split 'test' none of the files is there"),
    ],
)
def test_what_there_is_is_named(part, default, line):
    with pytest.raises(InputError) as caught:
        choose(part, default)
    assert str(caught.value).startswith(f"hf:org/name{f'#{part}' if part else ''}: {line}")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        ("data/*.parquet", ["data/a.parquet", "data/b.parquet"]),
        ("**/*.parquet", ["data/a.parquet", "data/b.parquet", "data/deep/c.parquet"]),
        ("zh.csv", ["zh.csv"]),
        ("**", ["data/a.parquet", "data/b.parquet", "data/deep/c.parquet", "zh.csv"]),
    ],
)
def test_a_glob_names_files_but_no_hidden_ones(part, expected):
    assert match_files(data(part), FILES).files == expected


def test_a_file_that_is_not_there_names_the_nearest():
    with pytest.raises(InputError, match=r"matches 'zh\.cvs'; did you mean 'zh\.csv'\?"):
        match_files(data("zh.cvs"), FILES)


def test_archives_are_refused_before_they_are_fetched():
    for name in ("a.zip", "b/c.tar.gz"):
        with pytest.raises(InputError, match="is an archive, expected files that are none"):
            check_archives(data("x"), Part(["a.json.gz", name]))
    part = Part(["a.json.gz"])
    assert check_archives(data("x"), part) == part


def test_converted_data_has_its_configs_and_splits_in_its_folders():
    """By the names of files alone all configs would be one split."""
    names = ["en/train/0001.parquet", "en/train/0000.parquet", "zh/train/0000.parquet",
             "zh/partial-test/0000.parquet", ".gitattributes"]  # fmt: skip
    layout = read_converted(names)
    assert layout.configs == ["en", "zh"] and layout.default is None
    found = choose_part(data("en"), layout)
    assert found.files == ["en/train/0000.parquet", "en/train/0001.parquet"]
    with pytest.raises(InputError, match="expected one of: partial-test, train"):
        choose_part(data("zh/test"), layout)
    assert read_converted(names[:2]).default == "en"
    assert read_converted([*names, "default/train/0.parquet"]).default == "default"
