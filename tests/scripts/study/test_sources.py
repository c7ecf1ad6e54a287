"""An address says where a file comes from, and where it lies once downloaded."""

import pytest

from scripts.common.errors import InputError
from scripts.study.sources import expand, parse_source, raw_path


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("https://host.org/a/b.json", "host.org/a/b.json"),
        ("pypi:some-name==1.2.post3#**/x.po", "pypi/some-name-1.2.post3.whl"),
        ("file:data/x.jsonl", "file/data/x.jsonl"),
    ],
)
def test_place_of_a_raw_file(url, place):
    assert raw_path(url) == place
    assert parse_source(url).url == url


@pytest.mark.parametrize(
    "url",
    [
        "ftp://host/file",
        "https://host",
        "https://host/../../etc/passwd",
        "https://host/file?query=1",
        "pypi:name",
        "pypi:name==",
        "file:/etc/passwd",
        "file:../outside",
        "nonsense",
        "",
    ],
)
def test_malformed_source_is_named(url):
    with pytest.raises(InputError, match="expected"):
        parse_source(url)


def test_languages_are_filled_in():
    source = expand("pypi:x==1#**/locale/{locale}/*.po", "zh", "zh_Hans")
    assert (source.kind, source.location, source.member) == (
        "pypi",
        "x==1",
        "**/locale/zh_Hans/*.po",
    )
    assert expand("https://h/en-{locale}/t.{lang}", "en", "ar").raw == "h/en-ar/t.en"
