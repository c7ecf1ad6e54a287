"""A corpus that jobs build of some of its files each is that of one job, to the byte."""

import json

import pytest

from scripts.common.command import parse
from scripts.common.errors import InputError
from scripts.common.files import read_json, write_jsonl
from scripts.common.provenance import meta_path
from scripts.data import build_corpus, corpora
from scripts.data.corpora import read_corpus

TABLE = ["--loader", "table", "--source-language", "en"]
NAMED = ["--options", json.dumps({"columns": {"id": "name"}})]


def run(*words):
    build_corpus.main(parse(build_corpus.parser(), [*map(str, words)]))


def build(folder, shards, *words):
    """Build a corpus of the files of a folder in so many shards, 0: as a whole; return its file."""
    output = folder.parent / f"made-{shards}.parquet"
    words = [*TABLE, *words, "--raw", folder]
    if not shards:
        run(*words, "--output", output)
        return output
    parts = [folder.parent / f"{number}-of-{shards}.parquet" for number in range(1, shards + 1)]
    for part in parts:
        run(*words, "--shard", part.stem, "--output", part)
    run(*words, "--shards", *parts, "--output", output)
    return output


def write_files(folder, files):
    folder.mkdir()
    for number, records in enumerate(files):
        write_jsonl(folder / f"{number}.jsonl", records)
    return folder


@pytest.fixture
def folder(tmp_path):
    """Five files of very different sizes, some of whose texts are empty or have names."""
    names = ["a", "", "\0a", "\0007", "00000003", None]
    sizes = [700, 3, 0, 1501, 40]
    files = [
        [
            {"text": "" if number % 50 == 7 else f"{file} {number}" * (number % 40)}
            | ({"name": names[number % 6]} if number % 7 else {})
            for number in range(size)
        ]
        for file, size in enumerate(sizes)
    ]
    return write_files(tmp_path / "files", files)


@pytest.mark.parametrize("shards", [1, 2, 3, 9])
@pytest.mark.parametrize("options", [[], NAMED], ids=["numbers", "names"])
@pytest.mark.parametrize("largest", [1 << 27, 20_000])
def test_any_number_of_shards_gives_the_same_bytes(folder, monkeypatch, shards, options, largest):
    monkeypatch.setattr(corpora, "LARGEST", largest)
    words = ["--kind", "text", *options]
    whole = build(folder, 0, *words).read_bytes()
    assert build(folder, shards, *words).read_bytes() == whole


def test_counts_are_those_of_one_job(folder):
    (folder / "9.jsonl").write_text('{"text": "good"}\n{"text": 3}\n{"txet": "bad"}\n')
    words = ["--kind", "text", "--on-bad-record", "skip"]
    one, several = (
        read_json(meta_path(build(folder, shards, *words)))["settings"] for shards in (0, 3)
    )
    assert one == several and several["dropped"]["bad record, skipped"] == 2


def test_ids_go_on_across_shards(folder):
    _, records = read_corpus(build(folder, 4, "--kind", "text"))
    assert records[-1]["id"] == f"{700 + 3 + 1501 + 39:08}"


def test_a_corpus_without_a_record_or_of_equal_sides_is_refused_when_it_is_joined(tmp_path):
    same = write_files(tmp_path / "same", [[{"source": "a", "target": "a"}]] * 2)
    words = ["--kind", "parallel", "--target-language", "zh"]
    with pytest.raises(InputError, match="same text in every record"):
        build(same, 2, *words)
    other = write_files(tmp_path / "other", [[{"source": "a", "target": "a"}], []])
    write_jsonl(other / "1.jsonl", [{"source": "a", "target": "b"}])
    assert build(other, 2, *words).read_bytes() == build(other, 0, *words).read_bytes()
    empty = write_files(tmp_path / "empty", [[{"text": ""}], []])
    with pytest.raises(InputError, match="no en record found"):
        build(empty, 2, "--kind", "text")


def test_only_tables_have_shards(folder):
    words = ["--loader", "lines", "--kind", "text", "--source-language", "en", "--raw", folder]
    with pytest.raises(InputError, match="--shard: loader 'lines', expected 'table'"):
        run(*words, "--shard", "1-of-2", "--output", folder.parent / "o.parquet")


def test_a_corpus_is_no_shard(folder):
    whole = build(folder, 0, "--kind", "text")
    words = [*TABLE, "--kind", "text", "--raw", folder, "--shards", whole]
    with pytest.raises(InputError, match="notes no counts, expected a shard of build_corpus"):
        run(*words, "--output", folder.parent / "o.parquet")
