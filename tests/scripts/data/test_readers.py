"""No loader is fooled by how a file is written: the same faults in the files of each of them."""

import bz2
import gzip
import io
import json
import logging
import lzma
import random
import resource
import zipfile
from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from scripts.common import limits
from scripts.common.errors import InputError
from scripts.data import build_corpus
from scripts.data.corpora import read_corpus
from scripts.data.loaders import LOADERS
from scripts.data.request import Request
from scripts.study.kinds import LISTS, NUMBERS
from tests.support.loader_forms import FORMS, Form, lines, write

EVERY = pytest.mark.parametrize("form", FORMS, ids=lambda form: f"{form.loader}-{form.file}")
BAD = pytest.mark.parametrize(
    "form", [form for form in FORMS if form.bad], ids=lambda form: f"{form.loader}-{form.file}"
)


def test_every_loader_of_one_file_is_here():
    pairs_of_files = {"lines", "rewritings"}
    assert {form.loader for form in FORMS} == set(LOADERS) - pairs_of_files


def build(form: Form, path: Path, *words: str) -> list[dict]:
    """Run the command; return the records of the corpus."""
    output = path.parent / "out" / "out.parquet"
    command = ["--loader", form.loader, "--kind", form.kind, "--raw", str(path)]
    command += [f"--source-language={form.languages[0]}"]
    command += [f"--target-language={code}" for code in form.languages[1:]]
    command += ["--options", json.dumps(form.options), "--output", str(output), *words]
    build_corpus.main(build_corpus.parser().parse_args(command))
    return read_corpus(output)[1]


@EVERY
def test_a_byte_order_mark_is_dropped(tmp_path, form):
    right = form.load(write(tmp_path, form))
    assert right
    assert form.load(write(tmp_path, form, b"\xef\xbb\xbf" + form.content.encode())) == right


@EVERY
def test_ends_of_lines_of_windows_change_nothing(tmp_path, form):
    right = form.load(write(tmp_path, form))
    assert form.load(write(tmp_path, form, form.content.replace("\n", "\r\n").encode())) == right


@EVERY
@pytest.mark.parametrize("encoding", ["gbk", "utf-16"])
def test_another_encoding_is_one_line_and_an_option(tmp_path, form, encoding):
    right = form.load(write(tmp_path, form))
    path = write(tmp_path, form, form.content.encode(encoding))
    with pytest.raises(InputError, match=rf"{form.file}, line \d+: byte \d+ is 0x.*UTF-8") as error:
        form.load(path)
    assert "\n" not in str(error.value)
    assert form.load(path, options={"encoding": encoding}) == right


@EVERY
def test_the_byte_that_is_named_is_the_wrong_one(tmp_path, form):
    content = form.content.encode()
    at = content.index(form.letter.encode())
    number = content.count(b"\n", 0, at) + 1
    path = write(tmp_path, form, content[:at] + b"\xff" + content[at:])
    with pytest.raises(InputError, match=rf"{form.file}, line {number}: byte {at} is 0xff"):
        form.load(path)


def zstandard(content: bytes) -> bytes:
    return pa.compress(content, "zstd", asbytes=True)


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
    ".zst": zstandard,
    "": gzip.compress,  # a name that does not tell
}


@EVERY
@pytest.mark.parametrize("ending", PACKERS)
def test_compressed_files_are_read(tmp_path, form, ending):
    right = form.load(write(tmp_path, form))
    packed = PACKERS[ending](form.content.encode())
    path = tmp_path / f"{form.file}{ending}"
    path.write_bytes(packed)
    assert form.load(path) == right
    path.write_bytes(packed[: len(packed) - 9])
    with pytest.raises(InputError, match=f"{form.file}{ending}: not readable"):
        form.load(path)


@pytest.mark.parametrize("form", [FORMS[1], FORMS[0]], ids=["lines", "whole"])
@pytest.mark.parametrize("pack", PACKERS.values())
def test_a_small_file_that_fills_the_memory_is_refused(tmp_path, form, pack, monkeypatch):
    monkeypatch.setattr(limits, "EXPANDED_BYTES", 1 << 20)
    path = write(tmp_path, form, pack(b" " * (1 << 24)))
    with pytest.raises(InputError, match=rf"{form.file}: .* bytes expand to .*; refused"):
        form.load(path)


def test_a_small_table_that_repeats_a_long_text_is_refused(tmp_path):
    """A text of a megabyte in each of 10,000 rows is 296 bytes of Parquet."""
    stream, rows = io.BytesIO(), pa.array([0] * 10_000, pa.int32())
    texts = pa.DictionaryArray.from_arrays(rows, pa.array(["a" * limits.MB]))
    pq.write_table(pa.table({"text": texts}), stream, compression="zstd", store_schema=False)
    assert len(stream.getvalue()) < 1000
    form = Form("table", "text", "t.parquet", "")
    path = write(tmp_path, form, stream.getvalue())
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(InputError, match=r"t\.parquet: [0-9]+ bytes expand to .*; refused"):
        form.load(path)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 600_000  # KiB


@pytest.mark.parametrize("form", [FORMS[1], FORMS[0]], ids=["lines", "whole"])
def test_what_is_packed_in_an_archive_expands_no_further_than_the_archive_may(
    tmp_path, form, monkeypatch
):
    """A gigabyte of blanks is 1 MB of gzip, and that 2 kB once more: each step is allowed alone."""
    monkeypatch.setattr(limits, "EXPANDED_BYTES", 1 << 20)
    archive = tmp_path / "set.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(f"data/{form.file}.gz", gzip.compress(b" " * (1 << 27), 1))
    assert archive.stat().st_size < 1 << 14
    with pytest.raises(InputError, match=r"bytes expand to .*; refused"):
        form.load(archive, members=["data/*"])


@EVERY
@pytest.mark.parametrize("ending", ["", ".gz"])
def test_members_of_archives_are_read(tmp_path, form, ending):
    right = form.load(write(tmp_path, form))
    archive = tmp_path / "set.zip"
    content = form.content.encode()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr(f"data/{form.file}{ending}", gzip.compress(content) if ending else content)
        file.writestr("data/other", b"\xff")
    assert form.load(archive, members=[f"data/{form.file}*"]) == right
    with pytest.raises(InputError, match="no file inside matches 'none'"):
        form.load(archive, members=["none"])


@EVERY
def test_hidden_files_of_a_folder_are_no_data(tmp_path, form):
    right = form.load(write(tmp_path, form))
    folder = tmp_path / "folder"
    (folder / ".cache").mkdir(parents=True)
    write(folder, form)
    (folder / ".snakemake_timestamp").touch()
    (folder / ".DS_Store").write_bytes(b"\xff")
    write(folder / ".cache", form)
    assert form.load(folder) == right


@BAD
def test_a_bad_record_is_one_line_with_its_place(tmp_path, form):
    path = write(tmp_path, form, form.bad.encode())
    number = r"line 1" if form.lines else r"\w+ [01](, question [01])?"
    with pytest.raises(InputError, match=rf"^{form.file}, {number}: ") as error:
        build(form, path)
    assert "\n" not in str(error.value)
    assert not list((tmp_path / "out").glob("*"))


@BAD
def test_a_bad_record_is_skipped_and_counted(tmp_path, form, caplog):
    path = write(tmp_path, form, form.bad.encode())
    with caplog.at_level(logging.INFO, "lingraft"):
        kept = build(form, path, "--on-bad-record", "skip")
    assert len(kept) == 1
    assert "read 2, kept 1" in caplog.text
    assert "dropped 1: bad record, skipped" in caplog.text
    meta = json.loads((tmp_path / "out/out.parquet.meta.json").read_text())
    assert meta["settings"]["dropped"] == {"bad record, skipped": 1}


ESCAPED = [form for form in FORMS if form.content.lstrip().startswith(("[", "{"))]
HALF = "\\ud83d"
HALVES = [HALF, "\\uD83D", "\\ude00", f"\\ude00{HALF}"]


@pytest.mark.parametrize("form", ESCAPED, ids=lambda form: f"{form.loader}-{form.file}")
@pytest.mark.parametrize("half", HALVES)
def test_half_a_character_is_one_line_with_its_place(tmp_path, form, half):
    """JSON can hold half of a pair of surrogates, no corpus can."""
    letter = form.letter
    path = write(tmp_path, form, form.content.replace(letter, letter + half).encode())
    with pytest.raises(InputError, match=rf"^{form.file}, \w+ ") as error:
        build(form, path)
    assert "\n" not in str(error.value)
    str(error.value).encode()
    with pytest.raises(InputError, match="record found"):
        build(form, path, "--on-bad-record", "skip")
    whole = form.content.replace(letter, f"{letter}{HALF}\\ude00")
    assert "😀" in str(build(form, write(tmp_path, form, whole.encode())))


def zipped(content: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("file", content)
    return stream.getvalue()


def damaged(content: bytes) -> Iterator[bytes]:
    """Yield a file cut and changed in many places."""
    chance = random.Random(7)
    for _ in range(30):
        at, size = chance.randrange(len(content)), chance.choice((1, 3, 20))
        yield content[:at]
        yield content[:at] + content[at + size :]
        yield content[:at] + bytes([chance.randrange(256)]) + content[at + 1 :]
        yield content[:at] + chance.choice((b"\n", b"\t", b"\0", b'"', b"]", b"1")) + content[at:]


@EVERY
@pytest.mark.parametrize("pack", [bytes, gzip.compress, zipped])
def test_a_damaged_file_is_one_line_or_records(tmp_path, form, pack):
    members = ["*"] if pack is zipped else []
    for content in damaged(pack(form.content.encode())):
        try:
            form.load(write(tmp_path, form, content), members=members)
        except InputError as error:
            assert "\n" not in str(error)


TEXTS = pa.table({"text": ["天气很好", "好"]})
TMX = (
    "<tmx><body><tu><tuv xml:lang='en'><seg>Hi</seg></tuv>"
    "<tuv xml:lang='zh-CN'><seg>你好</seg></tuv></tu></body></tmx>"
)


def columnar(ending: str) -> bytes:
    stream = io.BytesIO()
    if ending == "parquet":
        pq.write_table(TEXTS, stream)
    else:
        with {"arrow": pa.ipc.new_file, "stream": pa.ipc.new_stream}[ending](
            stream, TEXTS.schema
        ) as writer:
            writer.write_table(TEXTS)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("file", "kind", "content"),
    [
        ("t.parquet", "text", columnar("parquet")),
        ("t.arrow", "text", columnar("arrow")),
        ("t.arrow", "text", columnar("stream")),
        ("t.tmx", "parallel", TMX.encode()),
        ("t.tmx.gz", "parallel", gzip.compress(TMX.encode())),
        ("t.tmx.xz", "parallel", lzma.compress(TMX.encode())),
    ],
    ids=["parquet", "arrow", "stream", "tmx", "tmx.gz", "tmx.xz"],
)
def test_a_damaged_table_is_one_line_or_records(tmp_path, file, kind, content):
    form = Form("table", kind, file, "")
    assert form.load(write(tmp_path, form, content))
    for one in damaged(content):
        try:
            form.load(write(tmp_path, form, one))
        except InputError as error:
            assert "\n" not in str(error) and file in str(error)


NOT_TEXTS = (*LISTS, *NUMBERS, "category")
VALUES = (None, 4, 1.5, True, [], {}, ["x"], {"a": 1}, [None], -1, float("nan"))


def places_in(value: Any, *place: str | int) -> Iterator[tuple[str | int, ...]]:
    """Yield the way to each part of a value of JSON."""
    yield place
    keys = value if isinstance(value, dict) else range(len(value)) if type(value) is list else ()
    for key in keys:
        yield from places_in(value[key], *place, key)


def changed(value: Any, place: tuple[str | int, ...], part: Any) -> Any:
    """Return a value with one part replaced."""
    if not place:
        return part
    copied = copy(value)
    copied[place[0]] = changed(value[place[0]], place[1:], part)
    return copied


@pytest.mark.parametrize("form", ESCAPED, ids=lambda form: f"{form.loader}-{form.file}")
@pytest.mark.parametrize("way", ["fail", "skip"])
def test_whatever_is_where_a_text_belongs_is_refused_or_right(tmp_path, form, way):
    """A part of another type ends in one line, or in a corpus of texts; none in a traceback."""
    value = json.loads(form.content)
    refused = 0
    for place in places_in(value):
        for part in VALUES:
            path = write(tmp_path, form, json.dumps(changed(value, place, part)).encode())
            try:
                for record in build(form, path, "--on-bad-record", way):
                    texts = [text for name, text in record.items() if name not in NOT_TEXTS]
                    assert all(isinstance(text, str) for text in texts)
            except InputError as error:
                refused += 1
                assert "\n" not in str(error) and form.file in str(error)
    assert refused >= len(VALUES)


MIXED = lines({"text": "天气很好"}, {"instruction": "你好", "input": "", "output": "您好"})


def test_a_record_of_another_kind_is_refused_wherever_it_is(tmp_path):
    form = FORMS[2]
    path = write(tmp_path, form, MIXED.encode())
    with pytest.raises(InputError, match=r"10001\.jsonl, line 2: loader 'billa' does not give"):
        build(form, path)
    assert [record["text"] for record in build(form, path, "--on-bad-record", "skip")] == [
        "天气很好"
    ]


BREAKS = "\u2028\u2029\x85\x0b\x0c\x1c"


@pytest.mark.parametrize("form", ESCAPED, ids=lambda form: f"{form.loader}-{form.file}")
def test_only_a_newline_ends_a_line(tmp_path, form):
    letter = form.letter
    content = form.content.replace(letter, f"{letter}\u2028{letter}\x85{letter}")
    right = build(form, write(tmp_path, form))
    built = build(form, write(tmp_path, form, content.encode()))
    assert len(built) == len(right)
    if form.loader != "chapters":  # which makes one line of a paragraph
        assert "\u2028" in str(built[0].values()) or "\\u2028" in str(built)


@pytest.mark.parametrize(
    ("loader", "content"),
    [("tsv", "One{0}more\t一{0}二\n"), ("word_problems", "一{0}二？\t2\n")],
)
def test_only_a_newline_ends_a_row(tmp_path, loader, content):
    (form,) = (one for one in FORMS if one.loader == loader and one.file.endswith(".tsv"))
    form = replace(form, options={"columns": ["first", "second"]})
    built = build(form, write(tmp_path, form, content.format(BREAKS).encode()))
    assert len(built) == 1 and BREAKS in [*built[0].values()][1]


def aligned(folder: Path, loader: str, *texts: bytes, **options: Any) -> list[dict]:
    paths = [folder / f"text.{number}" for number in range(len(texts))]
    for path, text in zip(paths, texts, strict=True):
        path.write_bytes(text)
    request = Request(raw=paths, languages=["en", "zh"], options=options)
    return list(LOADERS[loader](request))


@pytest.mark.parametrize("loader", ["lines", "rewritings"])
def test_files_of_aligned_lines(tmp_path, loader):
    texts = [f"One{BREAKS}two\nThree\n".encode(), "一\n三\n".encode()]
    right = aligned(tmp_path, loader, *texts)
    assert [record["source"] for record in right] == [f"One{BREAKS}two", "Three"]
    assert aligned(tmp_path, loader, *(b"\xef\xbb\xbf" + text for text in texts)) == right
    assert aligned(tmp_path, loader, *(text.replace(b"\n", b"\r\n") for text in texts)) == right
    for pack in PACKERS.values():
        assert aligned(tmp_path, loader, *map(pack, texts)) == right
    gbk = [b"One\nThree\n", "一\n三\n".encode("gbk")]
    with pytest.raises(InputError, match=r"text\.1, line 2: byte 3 is 0xc8, expected UTF-8"):
        aligned(tmp_path, loader, *gbk)
    assert "一" in str(aligned(tmp_path, loader, *gbk, encoding="gbk")[0])


def test_an_unknown_encoding_is_named(tmp_path):
    form = FORMS[0]
    with pytest.raises(InputError, match="no encoding 'utf-9'"):
        form.load(write(tmp_path, form), options={"encoding": "utf-9"})


def test_an_archive_without_a_member_is_named(tmp_path):
    form = FORMS[0]
    with zipfile.ZipFile(tmp_path / "set.zip", "w") as file:
        file.writestr("a.json", form.content)
    with pytest.raises(InputError, match=r"set\.zip: an archive, expected '#' and a path inside"):
        form.load(tmp_path / "set.zip")


def test_two_languages_are_not_one_file(tmp_path):
    path = tmp_path / "text.en"
    path.write_text("One\nTwo\n")
    for raw in ([path], [path, path]):
        request = Request(raw=raw, languages=["en", "zh"])
        with pytest.raises(InputError, match="one file for both en and zh, expected two"):
            list(LOADERS["lines"](request))
    form = Form("lines", "parallel", "text.en", "")
    copy = tmp_path / "text.zh"
    copy.write_bytes(path.read_bytes())
    with pytest.raises(InputError, match="source and target are the same text in every record"):
        build(form, path, "--raw", str(path), str(copy))
    ar_zh = Request(raw=[path], languages=["ar", "zh"], members=["*.po"])
    with pytest.raises(InputError, match="one file for both ar and zh"):
        list(LOADERS["gettext"](ar_zh))
