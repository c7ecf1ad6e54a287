"""An address says where a file comes from, and where it lies once downloaded."""

import re
from pathlib import Path

import pytest

from scripts.common.errors import InputError
from scripts.data.download import local_copy
from scripts.study.sources import (
    expand,
    parse_published,
    parse_source,
    raw_path,
    resolve_source,
)


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


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("https://../x", "found no host, but '..'"),
        ("https://.../x", "found no host"),
        ("https:///x", "found no host"),
        ("https://ho..st/x", "found no host"),
        ("https://ho st/x", "found no host"),
        ("https://host:port/x", "found no host"),
        ("https://[::1/x", "Invalid IPv6 URL"),
        ("https://pypi/x", "folder of results/raw/"),
        ("https://host", "found no path"),
        ("https://host/", "found no path"),
        ("https://host/folder/", "path of a folder"),
        ("https://host/../../x", "'..' in its path"),
        ("https://host/a/./x", "'.' or '..'"),
        ("https://host/%2e%2e/x", "'..' in its path"),
        ("https://host/a%2F..%2Fx", "'..' in its path"),
        ("https://host/..\\x", "a backslash"),
        ("https://host/%5c..%5cx", "a backslash"),
        ("https://host/a%0Ab", "a control character"),
        ("https://host/a\nb", "a control character"),
        ("https://host/" + "x" * 201, "more than 200 bytes"),
    ],
)
def test_an_address_that_is_ambiguous_or_leads_outside_is_refused(url, problem):
    with pytest.raises(InputError, match="expected https://host/path") as error:
        parse_source(url)
    assert problem in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("url", ["https://me:secret@host/x", "https://secret@host/../x"])
def test_a_password_is_refused_and_not_shown(url):
    with pytest.raises(InputError, match="a user or a password") as error:
        parse_source(url)
    assert "secret" not in str(error.value) and "host" in str(error.value)


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://h.org/a/data.json?v=2", r"h.org/a/data\.[0-9a-f]{12}\.json"),
        ("https://h.org/x.tsv.gz?raw=true", r"h.org/x\.[0-9a-f]{12}\.tsv\.gz"),
        ("https://h.org/get.php?file=../../x.tsv.gz", r"h.org/get.php\.[0-9a-f]{12}\.tsv\.gz"),
        ("https://h.org/get?file=/etc/a.txt", r"h.org/get\.[0-9a-f]{12}\.txt"),
        ("https://h.org/?id=3", r"h.org/index\.[0-9a-f]{12}"),
        ("https://h.org/api/?id=3", r"h.org/api/index\.[0-9a-f]{12}"),
    ],
)
def test_a_query_is_part_of_the_files_name(url, name):
    assert re.fullmatch(name, raw_path(url))
    assert parse_source(url).url == url
    assert raw_path(url) != raw_path(url + "0") != raw_path(url.partition("?")[0] + "x")


def test_an_archive_is_one_by_its_path_or_by_its_query():
    for url in ("https://h/x.zip?v=1#*/a.txt", "https://h/get?file=x.zip#*/a.txt"):
        assert parse_source(url).member == "*/a.txt"
        assert raw_path(url).endswith(".zip")


def test_a_mirror_has_a_query_as_it_is_written(tmp_path, monkeypatch):
    """Which is the name that wget gives it."""
    monkeypatch.setenv("LINGRAFT_MIRROR", str(tmp_path))
    source = parse_source("https://h/get?file=a/b.txt&v=1")
    assert local_copy(source, "") is None
    for place in (source.raw, "h/get?file=a%2Fb.txt&v=1"):
        (tmp_path / place).parent.mkdir(exist_ok=True)
        (tmp_path / place).touch()
        assert local_copy(source, "") == tmp_path / place
    long = parse_source(f"https://h/get?file={'x' * 300}")
    assert local_copy(long, "") is None


@pytest.fixture
def study_folder(tmp_path, monkeypatch):
    """The folder of a study below the working directory, whose home is elsewhere."""
    for place in ("work/configs/a.txt", "work/b.txt", "home/c.txt", "work/set.zip"):
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).touch()
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return Path("configs")


def test_a_study_may_name_paths_of_this_machine(study_folder, tmp_path):
    for written, place in {
        "a.txt": "configs/a.txt",
        "./a.txt": "configs/a.txt",
        "../b.txt": "b.txt",
        str(tmp_path / "work/b.txt"): "b.txt",
        "~/c.txt": f"{tmp_path}/home/c.txt",
        "../../home/c.txt": f"{tmp_path}/home/c.txt",
        "../set.zip#**/*.po": "set.zip#**/*.po",
    }.items():
        url = resolve_source(written, study_folder)
        assert url == f"path:{place}"
        source = parse_source(url)
        assert source.url == url and local_copy(source, "").is_file()
    assert raw_path("path:configs/a.txt") == "path/relative/configs/a.txt"
    assert raw_path("path:/configs/a.txt") == "path/absolute/configs/a.txt"
    assert parse_source(resolve_source(".", study_folder)).is_folder


@pytest.mark.parametrize("url", ["https://h/x", "pypi:x==1", "file:a", "manual:a", "ftp://h/x"])
def test_a_studys_urls_stay_as_they_are(url):
    assert resolve_source(url, Path("anywhere")) == url


@pytest.mark.parametrize("path", ["none.txt", "/none", "~/none", "~nobody/none", "", "path:none"])
def test_a_path_of_nothing_is_one_line(study_folder, path):
    with pytest.raises(InputError, match=r"^source '.*'") as error:
        resolve_source(path, study_folder)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("path", ["/a/b.txt", "~/b.txt", "./b.txt", "b.txt", "path:/a/b.txt"])
def test_the_registry_names_no_path_of_a_machine(path):
    with pytest.raises(InputError, match="the registry holds for all machines"):
        parse_published(path)
    with pytest.raises(InputError, match="the registry holds for all machines"):
        expand(path, "zh", "")


@pytest.mark.parametrize("path", ["", "../a", "/../a", "/"])
def test_a_path_is_plain_once_it_is_resolved(path):
    with pytest.raises(InputError, match="expected path:<path>"):
        parse_source(f"path:{path}")


def test_an_archive_of_the_repository_is_read_inside():
    source = parse_source("file:data/set.tar.gz#a/*.txt")
    assert (source.location, source.member) == ("data/set.tar.gz", "a/*.txt")
    assert source.address == "file:data/set.tar.gz"
