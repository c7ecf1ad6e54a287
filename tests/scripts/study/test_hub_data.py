"""A data set of the hub is named by repository, revision and part; each has a place of its own."""

import pytest

from scripts.common.errors import InputError
from scripts.data.rows import READERS
from scripts.study.hub import HubModel
from scripts.study.hub_data import ENDING, HubData, home_of, parse_hub_data
from scripts.study.registry import Registry
from scripts.study.sources import expand, parse_published_file, parse_source

COMMIT = "0123456789" * 4


@pytest.mark.parametrize(
    ("source", "parsed", "raw"),
    [
        ("hf:org/name", HubData("org/name"), "org/name@main"),
        ("hf:squad", HubData("squad"), "squad@main"),
        ("hf:o/n@v1", HubData("o/n", "v1"), "o/n@v1"),
        (f"hf:o/n@{COMMIT}#en/test", HubData("o/n", COMMIT, "en/test"), f"o/n@{COMMIT}/en/test"),
        (
            "hf:o/n@refs/convert/parquet#en",
            HubData("o/n", "refs/convert/parquet", "en"),
            "o/n@refs%2Fconvert%2Fparquet/en",
        ),
    ],
)
def test_names_and_the_places_of_their_records(source, parsed, raw):
    assert parse_hub_data(source) == parsed
    assert parsed.raw == parse_source(source).raw == f"hf/datasets/{raw}{ENDING}"
    assert str(parsed) == parse_source(source).url == source
    assert parse_source(source).kind == "hf"


def test_main_need_not_be_said():
    assert str(parse_hub_data("hf:org/name@main#en")) == "hf:org/name#en"


@pytest.mark.parametrize(
    "source",
    ["hf:", "hf:o/n#", "hf:o/n#../x", "hf:o/n#/x", "hf:o/n#x/", "hf:o/n#x//y", "hf:a/b/c",
     "hf:o/n@", "hf:o/n@../x", "hf:o/n#a\nb"],
)  # fmt: skip
def test_a_malformed_name_is_one_line(source):
    with pytest.raises(InputError, match="expected") as caught:
        parse_source(source)
    assert "\n" not in str(caught.value)


def test_parts_that_need_quotes_have_places_of_their_own():
    parts = ["data/*.parquet", "data/?.parquet", "data *.parquet", "zh–en", "{a}"]
    places = [parse_hub_data(f"hf:o/n#{part}").raw for part in parts]
    assert len({*places}) == len(places)
    assert all(not {*place} & {*"*? {}–"} for place in places)
    # A part is no folder in which another one's record, or a model's, could lie.
    one, other = (parse_hub_data(f"hf:o/n#{part}").raw for part in ("en", "en/test"))
    assert not other.startswith(f"{one}/")
    assert HubModel("o/n").raw != HubData("o/n").raw


@pytest.mark.parametrize("part", ["*", "data/**", "a.JSON", "a/b.csv.gz", "x.jsonl.zst", "t?.x"])
def test_files_are_told_by_a_wildcard_or_their_ending(part):
    assert HubData("o/n", "main", part).names_files


@pytest.mark.parametrize("part", ["", "train", "en/train", "20220301.en", "v1.0/test"])
def test_other_parts_are_configs_and_splits(part):
    assert not HubData("o/n", "main", part).names_files


def test_every_form_that_is_read_is_known_by_its_ending():
    assert all(HubData("o/n", "main", f"x{ending}").names_files for ending in READERS)


def test_only_data_sets_are_of_the_hub_in_part():
    assert home_of("hf:o/n@v1#en") == "https://huggingface.co/datasets/o/n"
    assert home_of("https://host/x.csv") is None
    assert (
        expand("hf:o/n#{lang}/{locale}", "zh", "zh_Hans").raw
        == HubData("o/n", "main", "zh/zh_Hans").raw
    )
    with pytest.raises(InputError, match="a data set of the hub, expected https"):
        parse_published_file("hf:o/n")


@pytest.mark.parametrize(
    "page",
    ["huggingface.co/datasets/o/n", "hf.co/datasets/o/n/viewer/en/train",
     "huggingface.co/datasets/o/n/blob/main/data/a.parquet",
     "huggingface.co/datasets/o/n/tree/main?x=y"],
)  # fmt: skip
def test_a_page_is_no_data(page):
    with pytest.raises(InputError, match="a page of the hub; expected hf:o/n, with"):
        parse_source(f"https://{page}")
    assert parse_source("https://huggingface.co/datasets/o/n/resolve/main/a.csv").kind == "https"


@pytest.mark.parametrize("changes", [{"sha256": "0" * 64}, {"mirrors": ["https://host/x.parquet"]}])
def test_the_registry_pins_one_by_its_commit_alone(changes, tmp_path):
    folder = Registry().folder
    for file in folder.glob("*.yaml"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    source = {"url": f"hf:o/n@{COMMIT}#{{lang}}", "sha256": None}
    entry = """
hubset:
  title: Of the hub
  kind: text
  loader: table
  languages: {en: en}
  licence: MIT
  home: https://huggingface.co/datasets/o/n
  sources: [%s]
"""
    with (tmp_path / "datasets.yaml").open("a") as stream:
        stream.write(entry % yaml_of(source))
    place = f"hf:o/n@{COMMIT}#en"
    assert Registry(tmp_path).dataset("hubset_en").sources == ((place, None),)
    text = (tmp_path / "datasets.yaml").read_text()
    (tmp_path / "datasets.yaml").write_text(
        text.replace(yaml_of(source), yaml_of(source | changes))
    )
    with pytest.raises(InputError, match="hubset"):
        Registry(tmp_path)


def yaml_of(source: dict) -> str:
    """Return a source in a line of YAML."""
    return "{" + ", ".join(f"{key}: {dump(value)}" for key, value in source.items()) + "}"


def dump(value) -> str:
    """Return a value in YAML."""
    if value is None:
        return "null"
    return f"[{', '.join(map(dump, value))}]" if isinstance(value, list) else f'"{value}"'
