"""Files are read inside an archive as they are published, and nothing leaves it."""

import io
import tarfile
import zipfile

import pytest

from scripts.common import limits
from scripts.common.errors import InputError
from scripts.data.archives import read_members
from scripts.study.sources import parse_source, raw_path


def write_tar(path, files, links=()):
    with tarfile.open(path, "w:gz") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
        for name, kind in links:
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname = kind, "/etc/passwd"
            archive.addfile(entry)
    return path


def write_zip(path, files, links=()):
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
        for name in links:
            entry = zipfile.ZipInfo(name)
            entry.external_attr = 0o120777 << 16
            archive.writestr(entry, "/etc/passwd")
    return path


FILES = {"set/dev/b.txt": b"B", "set/dev/a.txt": b"A", "set/test/c.txt": b"C"}


@pytest.mark.parametrize("write", [write_tar, write_zip])
def test_members_come_in_order_of_name_and_nothing_is_extracted(tmp_path, write):
    path = write(tmp_path / "set.archive", FILES)
    found = list(read_members(path, "set/dev/*.txt"))
    assert found == [("set/dev/a.txt", b"A"), ("set/dev/b.txt", b"B")]
    assert [file.name for file in tmp_path.iterdir()] == ["set.archive"]
    with pytest.raises(InputError, match="no file inside matches 'set/train/"):
        list(read_members(path, "set/train/*.txt"))


def test_a_tar_with_dots_before_its_names_is_read(tmp_path):
    path = write_tar(tmp_path / "set.tar.gz", {"./set/a.txt": b"A"})
    assert [content for _, content in read_members(path, "set/a.txt")] == [b"A"]


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE])
def test_links_and_pipes_of_a_tar_are_refused(tmp_path, kind):
    path = write_tar(tmp_path / "set.tar.gz", FILES, [("set/dev/link.txt", kind)])
    with pytest.raises(InputError, match=r"'set/dev/link\.txt' inside is a link"):
        list(read_members(path, "set/dev/*.txt"))
    assert len(list(read_members(path, "set/test/*.txt"))) == 1


def test_links_of_a_zip_are_refused(tmp_path):
    path = write_zip(tmp_path / "set.zip", FILES, ["set/dev/link.txt"])
    with pytest.raises(InputError, match=r"'set/dev/link\.txt' inside is a link"):
        list(read_members(path, "set/dev/*.txt"))


@pytest.mark.parametrize("name", ["/set/a.txt", "set/../../a.txt"])
@pytest.mark.parametrize("write", [write_tar, write_zip])
def test_names_that_lead_outside_are_refused(tmp_path, write, name):
    path = write(tmp_path / "set.archive", {name: b"A"})
    with pytest.raises(InputError, match="leads outside; refused"):
        list(read_members(path, "**a.txt"))


@pytest.mark.parametrize("write", [write_tar, write_zip])
def test_an_archive_of_too_many_members_is_refused(tmp_path, write, monkeypatch):
    path = write(tmp_path / "set.archive", FILES)
    monkeypatch.setattr(limits, "MEMBERS", len(FILES))
    assert len(list(read_members(path, "**"))) == len(FILES)
    monkeypatch.setattr(limits, "MEMBERS", len(FILES) - 1)
    with pytest.raises(InputError, match=r"set\.archive: more than 2 members; refused"):
        list(read_members(path, "**"))


@pytest.mark.parametrize("write", [write_tar, write_zip])
def test_a_name_may_be_of_any_length_and_is_no_file(tmp_path, write):
    """No file of its name is made, so that no file system has to take it."""
    name = "set/" + "x" * 300 + ".txt"
    path = write(tmp_path / "set.archive", {name: b"A"})
    assert list(read_members(path, "set/*.txt")) == [(name, b"A")]


@pytest.mark.parametrize("kind", [tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.CONTTYPE])
def test_devices_of_a_tar_are_refused_or_empty(tmp_path, kind):
    path = write_tar(tmp_path / "set.tar", {}, [("set/zero.txt", kind)])
    if kind == tarfile.CONTTYPE:  # an ordinary file, by the format
        assert list(read_members(path, "set/*")) == [("set/zero.txt", b"")]
        return
    with pytest.raises(InputError, match="is a link or leads outside; refused"):
        list(read_members(path, "set/*"))


@pytest.mark.parametrize("content", [b"neither", b"PK\x03\x04 cut off", b"\x1f\x8b\x08 cut off"])
def test_a_broken_archive_is_named(tmp_path, content):
    path = tmp_path / "set.zip"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"set\.zip: not a readable archive"):
        list(read_members(path, "*"))


def test_a_cut_archive_is_named(tmp_path):
    path = write_tar(tmp_path / "set.tar.gz", {"a.txt": bytes(range(256)) * 400})
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(InputError, match="not a readable archive"):
        list(read_members(path, "a.txt"))


def test_the_address_of_an_archive_keeps_its_member():
    source = parse_source("https://host/x/set.tar.gz#set/dev/*.txt")
    assert (source.location, source.member) == ("https://host/x/set.tar.gz", "set/dev/*.txt")
    assert raw_path(source.url) == "host/x/set.tar.gz"
    assert parse_source("https://host/page.json#part").member == ""
