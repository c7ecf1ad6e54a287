"""What expands without end is refused before it fills the memory, whatever it announces."""

import bz2
import gzip
import io
import lzma
import os
import resource
import tarfile
import zipfile

import pytest

from scripts.common import limits
from scripts.common.errors import InputError
from scripts.data.archives import read_members
from scripts.data.expansion import check_memory, open_bounded

ZEROS = bytes(1 << 20)
PACKERS = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(limits, "EXPANDED_BYTES", 1 << 18)


def write_tar(path, packed, entries):
    with tarfile.open(path, f"w:{packed}") as archive:
        for entry, content in entries:
            archive.addfile(entry, io.BytesIO(content))
    return path


def entry_of(name, size):
    entry = tarfile.TarInfo(name)
    entry.size = size
    return entry


@pytest.mark.parametrize("packed", ["gz", "bz2", "xz"])
@pytest.mark.parametrize("wanted", ["*.txt", "after.json"])
def test_a_tar_that_expands_too_far_is_refused(tmp_path, packed, wanted):
    """Its zeros are asked for, or only skipped on the way to another member."""
    size = len(ZEROS)
    entries = [(entry_of("zeros.txt", size), ZEROS), (entry_of("after.json", 1), b"1")]
    path = write_tar(tmp_path / "set.tar", packed, entries)
    with pytest.raises(InputError, match=r"set\.tar: [\d,]+ bytes expand to .*; refused$"):
        list(read_members(path, wanted))


def test_a_header_that_expands_too_far_is_refused(tmp_path):
    path = tmp_path / "set.tar.gz"
    with tarfile.open(path, "w:gz", format=tarfile.PAX_FORMAT) as archive:
        entry = entry_of("a.txt", 0)
        entry.pax_headers = {"comment": "x" * len(ZEROS)}
        archive.addfile(entry)
    with pytest.raises(InputError, match="expand to"):
        list(read_members(path, "a.txt"))


def test_a_sparse_member_that_announces_a_terabyte_is_refused(tmp_path):
    entry = entry_of("a.txt", 1)
    entry.pax_headers = {
        "GNU.sparse.major": "0", "GNU.sparse.minor": "1", "GNU.sparse.map": "0,1",
        "GNU.sparse.name": "a.txt", "GNU.sparse.size": str(1 << 40),
    }  # fmt: skip
    with tarfile.open(tmp_path / "set.tar", "w", format=tarfile.PAX_FORMAT) as archive:
        archive.addfile(entry, io.BytesIO(b"x"))
    with pytest.raises(InputError, match="expand to 1,099,511,627,776"):
        list(read_members(tmp_path / "set.tar", "a.txt"))


def test_a_zip_that_expands_too_far_is_refused(tmp_path):
    path = tmp_path / "set.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in "abcd":
            archive.writestr(f"{name}.txt", ZEROS[: 1 << 17])
        archive.writestr("small.json", b"1")
    with pytest.raises(InputError, match=r"set\.zip: [\d,]+ bytes expand to 524,288"):
        list(read_members(path, "*.txt"))
    assert list(read_members(path, "small.json")) == [("small.json", b"1")]


def test_a_zip_that_announces_less_than_it_holds_yields_no_more(tmp_path):
    path = tmp_path / "set.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.txt", ZEROS)
    content = path.read_bytes()
    size = len(ZEROS).to_bytes(4, "little")
    path.write_bytes(content.replace(size, (7).to_bytes(4, "little")))
    with pytest.raises(InputError, match="not a readable archive"):
        list(read_members(path, "a.txt"))


def test_an_encrypted_zip_is_one_line(tmp_path):
    path = tmp_path / "set.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", b"secret")
    content = bytearray(path.read_bytes())
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"not a readable archive: .*encrypted"):
        list(read_members(path, "a.txt"))


@pytest.mark.parametrize("packed", PACKERS)
def test_what_expands_as_text_does_is_read_whole(tmp_path, packed):
    text = b"".join(b"%d lines of text\n" % number for number in range(9000))
    path = tmp_path / "text"
    path.write_bytes(PACKERS[packed](text))
    assert open_bounded(path).read() == text
    assert open_bounded(path).read(7) == text[:7]


@pytest.mark.parametrize("packed", PACKERS)
def test_reading_all_stops_at_the_limit(tmp_path, packed):
    path = tmp_path / "zeros"
    path.write_bytes(PACKERS[packed](bytes(1 << 26)))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(InputError, match=r"zeros: [\d,]+ bytes expand to"):
        open_bounded(path).read()
    # In KiB: the limit is 200 times the 64 kB that gzip makes of it, which is 13 MB.
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000


def test_what_is_larger_than_the_memory_is_refused(monkeypatch):
    monkeypatch.setattr(os, "sysconf", lambda _: 1000)
    with pytest.raises(InputError, match=r"a: is 1,000,001 bytes, the memory .* 1,000,000$"):
        check_memory("a", 1_000_001)
    check_memory("a", 1_000_000)


def test_a_file_that_is_not_compressed_is_left_to_others(tmp_path):
    (tmp_path / "plain").write_bytes(b"text")
    assert open_bounded(tmp_path / "plain") is None
