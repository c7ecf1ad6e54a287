"""The data of the papers in the layouts in which they are published."""

import gzip
import io
import json
import os
import tarfile
import zipfile
from pathlib import Path

import pytest

from scripts.common.errors import InputError
from scripts.data.loaders import LOADERS
from scripts.study.sources import raw_path
from tests.support.registered import REGISTRY, load, request_for

MIRROR = Path(os.environ.get("LINGRAFT_MIRROR", "/nonexistent"))
BILLA = MIRROR / (
    "raw.githubusercontent.com/Neutralzz/BiLLa/0cf5267753a0cb3c9d1889eb27817a6f6d17cd9c/"
    "train_codes/pretraining_corpora"
)
ALPACA = MIRROR / raw_path(dict(REGISTRY.dataset("alpaca_en").sources).popitem()[0])
needs_billa = pytest.mark.skipif(not BILLA.is_dir(), reason="no mirror with BiLLa's samples")


def pairs(records: list[dict]) -> list[tuple[str, str]]:
    return [(record["source"], record["target"]) for record in records]


WIKIMATRIX = (
    "1.2\tOne\u2028more.\t一。\n1.03\tTwo.\t二。\n1.04\tThree.\t三。\n1.5\tSame\tSame\n1.5\t\t四\n"
)


def test_wikimatrix_keeps_pairs_of_some_score(tmp_path):
    path = tmp_path / "WikiMatrix.en-zh.tsv.gz"
    path.write_bytes(gzip.compress((WIKIMATRIX + "1.5\ta\tb\tc\n").encode()))
    there = load("wikimatrix_en-zh", path)
    assert pairs(there) == [("One\u2028more.", "一。"), ("Three.", "三。")]
    back = load("wikimatrix_zh-en", path)
    assert pairs(back) == [(target, source) for source, target in pairs(there)]
    assert [record["id"] for record in there] == [record["id"] for record in back]
    request = request_for("wikimatrix_en-zh", [path])
    list(LOADERS["tsv"](request))
    assert request.dropped == {
        "score below 1.04": 1,
        "identical": 1,
        "empty": 1,
        "other number of columns": 1,
    }


def test_news_commentary_has_no_score_and_may_be_unpacked(tmp_path):
    path = tmp_path / "news-commentary-v16.ar-en.tsv"
    path.write_text("واحد\tOne\n", encoding="utf-8")
    assert pairs(load("news-commentary_en-ar", path)) == [("One", "واحد")]


@pytest.mark.parametrize(
    ("content", "options", "line"),
    [
        ("One\t一\n", {}, "line 1: 2 columns, expected 3"),
        ("best\tOne\t一\n", {}, "line 1: 'best' is no score"),
        ("1.5\tOne\t一\n", {"columns": ["score", "en", "zh"]}, "expected 'first' and 'second'"),
        ("1.5\tOne\t一\n", {"columns": ["x", "first", "second"]}, "needs a column 'score'"),
    ],
)
def test_a_table_of_another_form_is_named(tmp_path, content, options, line):
    path = tmp_path / "pairs.tsv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=line):
        load("wikimatrix_en-zh", path, **options)


def test_a_cut_table_and_a_pair_without_a_file_are_named(tmp_path):
    path = tmp_path / "pairs.tsv.gz"
    path.write_bytes(gzip.compress(WIKIMATRIX.encode() * 99)[:-20])
    with pytest.raises(InputError, match=r"pairs\.tsv\.gz: not readable"):
        load("wikimatrix_en-zh", path)
    with pytest.raises(InputError, match="pairs are published with English only"):
        load("wikimatrix_ar-zh", path, path)


@pytest.mark.skipif(not ALPACA.is_file(), reason="no mirror with Alpaca")
def test_alpaca_as_published():
    records = load("alpaca_en", ALPACA)
    assert records[0]["instruction"] == "Give three tips for staying healthy."
    # 52,002 records, of which 28 have no answer (counted in the file itself).
    assert len(records) == 52002 - 28
    assert all(record["output"].strip() for record in records)


RECORD = {"instruction": "Say it.", "input": "", "output": "It."}


@pytest.mark.parametrize("lines", [False, True])
def test_alpaca_is_a_list_or_lines(tmp_path, lines):
    records = [RECORD, {**RECORD, "output": " "}, {"instruction": "Go.", "output": "Gone."}]
    path = tmp_path / "alpaca_ar.json"
    texts = [json.dumps(record) for record in records]
    path.write_text("\n".join(texts) if lines else f"[{','.join(texts)}]", encoding="utf-8")
    first, last = load("alpaca_ar", path)
    assert first == {"id": "000000", **RECORD}
    assert last == {"id": "000002", "instruction": "Go.", "input": "", "output": "Gone."}


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ('[{"instruction": "a", "input": ""}]', r"alpaca\.json, record 0: expected"),
        ("[[1]]", r"alpaca\.json, record 0: expected"),
        ("[{]", r"alpaca\.json: expected a JSON list or JSON lines"),
    ],
)
def test_alpaca_of_another_form_is_named(tmp_path, content, line):
    path = tmp_path / "alpaca.json"
    path.write_text(content)
    with pytest.raises(InputError, match=line):
        load("alpaca_ar", path)


def test_mieval_has_questions_only(tmp_path):
    path = tmp_path / "zh.jsonl"
    path.write_text('{"instruction": "问", "input": "文"}\n', encoding="utf-8")
    record = {"id": "000000", "instruction": "问", "input": "文", "output": ""}
    assert load("mieval_zh", path) == [record]


@needs_billa
@pytest.mark.parametrize(
    ("name", "folder", "count", "columns"),
    [
        ("billa-text_zh", "zh", 5, ["id", "text"]),
        ("billa-text_en", "en", 5, ["id", "text"]),
        ("billa-translation_en-zh", "translate", 5, ["id", "source", "target"]),
        ("billa-others_zh", "others", 2, ["id", "instruction", "input", "output"]),
        ("billa-qa-long_zh", "zh-qa-long", 2, ["id", "before", "behind", "input", "output"]),
        ("billa-wikihow_en", "en-wikihow", 2, ["id", "before", "behind", "input", "output"]),
    ],
)
def test_billas_samples_as_published(name, folder, count, columns):
    records = load(name, BILLA / folder, BILLA / "prompts")
    assert len(records) == count
    assert all(list(record) == columns for record in records)


@needs_billa
def test_every_sample_of_billa_is_registered_and_read():
    folders = {path.name for path in BILLA.iterdir() if path.name != "prompts"}
    known = {}
    for key, entry in REGISTRY.datasets.items():
        for name in REGISTRY.names(key, entry) if entry["loader"] == "billa" else []:
            folder = raw_path(REGISTRY.dataset(name).sources[0][0]).rpartition("/")[2]
            known.setdefault(folder, name)
    assert set(known) == folders
    for folder, name in known.items():
        assert load(name, BILLA / folder, BILLA / "prompts")


@needs_billa
def test_billas_translations_go_both_ways():
    there = load("billa-translation_en-zh", BILLA / "translate")
    back = load("billa-translation_zh-en", BILLA / "translate")
    assert there[0]["source"].startswith("The Palestinian leadership")
    assert pairs(back) == [(target, source) for source, target in pairs(there)]


@needs_billa
def test_billas_tasks_have_the_prompts_of_their_type():
    prompts = [
        (BILLA / f"prompts/cnewsum-gen-abs.{at}.prompt").read_text() for at in ("pre", "post")
    ]
    before, after = ([line.strip() for line in text.splitlines()] for text in prompts)
    sample = (BILLA / "zh-summary/10001.jsonl").read_text(encoding="utf-8").splitlines()
    tasks = [json.loads(line) for line in sample]
    records = load("billa-summary_zh", BILLA / "zh-summary", BILLA / "prompts")
    assert len(records) == len(tasks)
    for task, record in zip(tasks, records, strict=True):
        known = task["type"] == "cnewsum-gen-abs"
        assert record["before"] == (before if known else [])
        assert record["behind"] == (after if known else [])
        assert record["input"] == task["input"]
        assert record["output"] == task["output"].rstrip()


def write_billa(folder: Path, numbers: range) -> Path:
    folder.mkdir(parents=True)
    for number in numbers:
        line = json.dumps({"text": f"text {number}", "meta": {}})
        (folder / f"{number}.jsonl").write_text(f'{line}\n{{"text": " "}}\n')
    return folder


def test_billas_second_stage_reads_what_the_first_left(tmp_path):
    folder = write_billa(tmp_path / "zh", range(10001, 10020))
    first, second = load("billa-text_zh", folder), load("billa-more-text_zh", folder)
    assert [record["text"] for record in second] == ["text 10017", "text 10018", "text 10019"]
    assert len(first) == 16
    assert not {record["id"] for record in first} & {record["id"] for record in second}
    with pytest.raises(InputError, match=r"found no \.jsonl file"):
        load("billa-more-text_en", folder)
    with pytest.raises(InputError, match="files 'all', expected a slice"):
        load("billa-text_zh", folder, files="all")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "line 1: expected JSON"),
        ('{"input": "x"}', "line 1: expected BiLLa's form"),
        ("7", "form"),
    ],
)
def test_a_line_of_another_form_is_named(tmp_path, line, message):
    (tmp_path / "10001.jsonl").write_text(line + "\n")
    with pytest.raises(InputError, match=message):
        load("billa-text_zh", tmp_path)


def test_flores_out_of_metas_archive(tmp_path):
    path = tmp_path / "flores101_dataset.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for name, text in {
            "eng": "One.\nTwo.\n",
            "zho_simpl": "一。\n二。\n",
            "zho_trad": "x\n",
        }.items():
            entry = tarfile.TarInfo(f"flores101_dataset/devtest/{name}.devtest")
            entry.size = len(text.encode())
            archive.addfile(entry, io.BytesIO(text.encode()))
    assert pairs(load("flores101_en-zh", path)) == [("One.", "一。"), ("Two.", "二。")]
    assert pairs(load("flores101_zh-en", path)) == [("一。", "One."), ("二。", "Two.")]


def test_mlqa_out_of_its_archive(tmp_path):
    question = {"id": "q", "question": "谁？", "answers": [{"text": "他"}]}
    data = {"data": [{"paragraphs": [{"context": "是他。", "qas": [question]}]}]}
    path = tmp_path / "MLQA_V1.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for pair in ("zh-question-zh", "zh-question-en"):
            archive.writestr(f"MLQA_V1/test/test-context-{pair}.json", json.dumps(data))
    [record] = load("mlqa_zh", path)
    assert (record["question"], record["answers"]) == ("谁？", ["他"])
