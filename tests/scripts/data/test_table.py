"""Any table is read by a map of columns, whatever its form, packed or not, in an archive or not."""

import csv
import gzip
import io
import json
import lzma
import zipfile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from scripts.common.errors import InputError
from scripts.data.loaders import table
from scripts.data.request import Request
from scripts.data.rows.columnar import rows_at_once, wanted_columns

ROWS = [
    {"question": "Why does bread rise?", "answers": {"text": ["Yeast makes gas."]}, "n": 1},
    {"question": "床前明月光，\n下一句？", "answers": {"text": ["疑是“地上霜”。"]}, "n": 2},
]
COLUMNS = {"instruction": "question", "output": "answers.text.0"}
FLAT = [{"question": row["question"], "answer": row["answers"]["text"][0]} for row in ROWS]
EXPECTED = [
    {
        "id": f"{number:08}",
        "instruction": row["question"],
        "input": "",
        "output": row["answers"]["text"][0],
    }
    for number, row in enumerate(ROWS)
]


def load(path, kind="instruction", languages=("en",), members=(), on_bad_record="fail", **options):
    request = Request(
        [path] if not isinstance(path, list) else path,
        list(languages),
        members=list(members),
        options=options,
        kind=kind,
        on_bad_record=on_bad_record,
    )
    return list(table.load(request)), request


def as_csv(rows, delimiter=","):
    stream = io.StringIO()
    writer = csv.DictWriter(stream, list(rows[0]), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue().encode()


@pytest.mark.parametrize(
    ("kind", "columns", "expected"),
    [
        ("text", {}, ["id", "text"]),
        ("text", {"text": "deep.inside"}, ["id", "deep"]),
        ("text", {"text": "a.b", "id": "key"}, ["key", "a.b"]),
        ("text", {"text": "{lang}"}, None),
        ("text", {"text": "other"}, None),
        ("instruction", {"instruction": "text", "output": "deep.x"}, None),
        ("instruction", {"instruction": "text", "output": "deep.x", "input": "key"},
         ["id", "key", "text", "deep"]),
        ("chat", {"messages": "deep"}, ["id", "deep", "system"]),
    ],
)  # fmt: skip
def test_of_parquet_no_other_columns_are_read(kind, columns, expected):
    """Unless one is missing: then the message shows all there are."""
    names = ["id", "key", "text", "deep", "a.b", "vectors", "system"]
    request = Request([], ["en"], options={"columns": columns}, kind=kind)
    assert wanted_columns(names, request) == expected


def test_columns_beside_those_of_a_record_change_nothing(tmp_path):
    rows = [row | {"vector": [0.5] * 8, "a.b": "x"} for row in ROWS]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "wide.parquet")
    columns = COLUMNS | {"input": "a.b"}
    records, _ = load(tmp_path / "wide.parquet", columns=columns)
    assert records == [row | {"input": "x"} for row in EXPECTED]
    with pytest.raises(InputError, match=r"expected output in 'output'; found .*answers"):
        load(tmp_path / "wide.parquet", columns={"instruction": "question"})


def test_long_rows_are_decoded_a_few_at_a_time(tmp_path):
    """A batch of whole books would be gigabytes."""
    books = pa.table({"text": [f"{number}{'x' * (1 << 20)}" for number in range(160)]})
    pq.write_table(books, tmp_path / "books.parquet", row_group_size=40, use_dictionary=False)
    facts = pq.ParquetFile(tmp_path / "books.parquet").metadata
    assert 32 <= rows_at_once(facts) <= 64
    records, _ = load(tmp_path / "books.parquet", kind="text")
    assert [record["text"][:3].rstrip("x") for record in records] == [str(n) for n in range(160)]
    pq.write_table(books.slice(0, 0), tmp_path / "empty.parquet")
    assert rows_at_once(pq.ParquetFile(tmp_path / "empty.parquet").metadata) >= 1


def as_arrow(rows, file=False):
    sink = io.BytesIO()
    found = pa.Table.from_pylist(rows)
    opened = pa.ipc.new_file if file else pa.ipc.new_stream
    with opened(sink, found.schema) as writer:
        writer.write_table(found)
    return sink.getvalue()


def as_parquet(rows):
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), sink)
    return sink.getvalue()


FORMS = {
    "mine.json": json.dumps(ROWS, ensure_ascii=False).encode(),
    "lines.json": "\n".join(json.dumps(row) for row in ROWS).encode(),
    "mine.jsonl": "".join(json.dumps(row) + "\n" for row in ROWS).encode(),
    "mine.parquet": as_parquet(ROWS),
    "mine.arrow": as_arrow(ROWS),
    "file.arrow": as_arrow(ROWS, file=True),
}


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("packed", ["", ".gz", ".xz", "zip"])
def test_forms(name, packed, tmp_path):
    content, path, members = FORMS[name], tmp_path / f"{name}{packed}", []
    if packed == "zip":
        path, members = tmp_path / "all.zip", [f"data/{name}"]
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(f"data/{name}", content)
    elif packed:
        path.write_bytes({".gz": gzip.compress, ".xz": lzma.compress}[packed](content))
    else:
        path.write_bytes(content)
    assert load(path, members=members, columns=COLUMNS)[0] == EXPECTED


def test_a_path_may_have_the_languages_code_and_no_id_is_a_number(tmp_path):
    path = tmp_path / "both.jsonl"
    told = {"en": {"text": "A page"}, "zh": {"text": "一页"}}
    path.write_text(json.dumps({"id": "a", **told}) + "\n" + json.dumps({"id": None, **told}))
    columns = {"id": "id", "text": "{lang}.text"}
    for language in told:
        found, _ = load(path, "text", [language], columns=columns)
        assert found == [{"id": name, **told[language]} for name in ("a", "00000001")]
    columns = {"source": "{lang}.text", "target": "{lang}.text"}
    found, _ = load(path, "parallel", ("zh", "en"), columns=columns)
    assert {(row["source"], row["target"]) for row in found} == {("一页", "A page")}
    with pytest.raises(InputError, match=r"line 1: expected text in 'el\.text' \(no el\)"):
        load(path, "text", ["el"], columns={"text": "{lang}.text"})


@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
def test_csv_has_quoted_cells_with_line_ends(bom, tmp_path):
    path = tmp_path / "mine.csv"
    path.write_bytes(bom + as_csv(FLAT))
    columns = {"instruction": "question", "output": "answer"}
    assert load(path, columns=columns)[0] == EXPECTED
    path.write_bytes(as_csv(FLAT, ";"))
    assert load(path, columns=columns, delimiter=";")[0] == EXPECTED


def test_tsv_takes_quotation_marks_as_they_are_and_may_have_no_header(tmp_path):
    path = tmp_path / "pairs.tsv"
    path.write_text('"Quoted" at once\t“Anfang”\nTwo\tZwei\n', encoding="utf-8")
    found, _ = load(path, "parallel", ("en", "de"), header=["source", "target"])
    assert [(row["source"], row["target"]) for row in found] == [
        ('"Quoted" at once', "“Anfang”"),
        ("Two", "Zwei"),
    ]


@pytest.mark.parametrize(
    ("columns", "expected"),
    [({"source": "de", "target": "en"}, ("Zwei", "Two")), ({}, ("Ein", "One"))],
)
def test_pairs_of_the_other_direction_are_turned(columns, expected, tmp_path):
    path = tmp_path / "pairs.tsv"
    path.write_text("en\tde\tsource\ttarget\nTwo\tZwei\tEin\tOne\n", encoding="utf-8")
    found, _ = load(path, "parallel", ("de", "en"), columns=columns)
    assert (found[0]["source"], found[0]["target"]) == expected
    turned, _ = load(path, "parallel", ("en", "de"), columns=columns, reversed=True)
    assert (turned[0]["source"], turned[0]["target"]) == expected[::-1]


def test_a_folder_of_save_to_disk(tmp_path):
    folder = tmp_path / "saved"
    folder.mkdir()
    (folder / "data-00000-of-00002.arrow").write_bytes(as_arrow(ROWS[:1]))
    (folder / "data-00001-of-00002.arrow").write_bytes(as_arrow(ROWS[1:]))
    (folder / "state.json").write_text("{}")
    (folder / "dataset_info.json").write_text("{}")
    assert load(folder, columns=COLUMNS)[0] == EXPECTED


TMX = """<?xml version="1.0" encoding="utf-8"?><tmx version="1.4"><header/><body>
<tu><tuv xml:lang="EN-us"><seg>A <hi>b</hi> c</seg></tuv>
<tuv xml:lang="zh_CN"><seg>甲</seg></tuv></tu>
<tu><tuv xml:lang="en"><seg>Alone</seg></tuv></tu></body></tmx>"""


def test_tmx(tmp_path):
    path = tmp_path / "memory.tmx"
    path.write_text(TMX, encoding="utf-8")
    found, request = load(path, "parallel", ("zh", "en"))
    assert found == [{"id": "00000000", "source": "甲", "target": "A b c"}]
    assert load(path, "parallel", ("zh", "en"), reversed=True)[0] == found
    assert request.dropped == {"without one of the languages": 1}
    codes = '<bpt i="1">&lt;b&gt;</bpt>A<ept i="1">&lt;/b&gt;</ept> <ph>%s</ph><it>/i</it>B'
    path.write_text(TMX.replace("A <hi>", f"{codes} <hi>"), encoding="utf-8")
    found, _ = load(path, "parallel", ("zh", "en"))
    assert found[0]["target"] == "A B b c"
    deep = "<hi>" * 5000 + "b" + "</hi>" * 5000
    path.write_text(TMX.replace("<hi>b</hi>", deep), encoding="utf-8")
    with pytest.raises(InputError, match=r"memory\.tmx, unit 1: no TMX: its marks are nested too"):
        load(path, "parallel", ("zh", "en"))
    path.write_text(TMX[:200], encoding="utf-8")
    with pytest.raises(InputError, match=r"memory\.tmx: no TMX"):
        load(path, "parallel", ("zh", "en"))


@pytest.mark.parametrize(
    ("unit", "expected"),
    [
        ("line", ["One.", "Two.", "Three."]),
        ("paragraph", ["One.\nTwo.", "Three."]),
        ("file", ["One.\nTwo.\n\nThree."]),
    ],
)
def test_plain_text(unit, expected, tmp_path):
    (tmp_path / "book.txt").write_text("One.\nTwo.\n\nThree.\n")
    found, _ = load(tmp_path / "book.txt", "text", unit=unit)
    assert [row["text"] for row in found] == expected


def test_constants_lists_inside_a_file_and_ids(tmp_path):
    path = tmp_path / "mine.json"
    path.write_text(json.dumps({"data": [{"key": 7, "long": "A text.", "short": "A."}]}))
    found, _ = load(
        path,
        records="data",
        columns={"id": "key", "input": "long", "output": "short"},
        constants={"instruction": "Sum it up."},
    )
    assert found == [{"id": "7", "instruction": "Sum it up.", "input": "A text.", "output": "A."}]


def test_records_may_have_wordings_of_their_own(tmp_path):
    path = tmp_path / "mine.jsonl"
    rows = [{"long": "A text.", "short": "A."}, {"long": " ", "short": "B."}]
    path.write_text("\n".join(json.dumps(row | {"ask": "Short?"}) for row in rows))
    columns = {"input": "long", "output": "short", "behind": "ask"}
    found, request = load(path, "worded", columns=columns, constants={"before": ["Sum up."]})
    expected = {"before": ["Sum up."], "behind": ["Short?"], "input": "A text.", "output": "A."}
    assert found == [{"id": "00000000", **expected}]
    assert request.dropped == {"without an input or an output": 1}


def test_a_null_input_is_an_empty_one_and_empty_records_are_counted(tmp_path):
    path = tmp_path / "mine.jsonl"
    rows = [{"instruction": "A", "input": None, "output": "B"}, {"instruction": "", "output": " "}]
    path.write_text("\n".join(map(json.dumps, rows)))
    found, request = load(path)
    assert [row["input"] for row in found] == [""]
    assert request.dropped == {"without a question or an answer": 1}


@pytest.mark.parametrize(
    ("name", "content", "options", "message"),
    [
        ("a.jsonl", '{"q": 1}\n', {"columns": COLUMNS}, "a.jsonl, line 1: .*'question'.*found"),
        ("a.json", '{"q": 1}', {"records": "q"}, "expected a JSON list at 'q'"),
        ("a.json", '{"q": 1}', {"records": "data.rows"}, "at 'data.rows' .*; found no data"),
        ("a.csv", "a,a\n1,2\n", {}, "the names of its columns are"),
        ("a.csv", 'a,b\n"1,2\n', {}, "no table"),
        ("a.csv", "a,b\n1\n", {}, "line 2: found 1 cells, expected 2"),
        ("a.parquet", "PAR1", {}, "no Parquet file"),
        ("a.arrow", "ARROW1", {}, "no Arrow file"),
        ("a.xlsx", "x", {}, "no form is known by 'xlsx'"),
        ("a.jsonl", "{}", {"columns": {"instructoin": "a"}}, "'instructoin'.*instruction"),
        ("a.txt", "x", {"unit": "page"}, "unit 'page', expected line"),
    ],
)
def test_mistakes_are_one_line(name, content, options, message, tmp_path):
    (tmp_path / name).write_text(content)
    with pytest.raises(InputError, match=message) as caught:
        load(tmp_path / name, **options)
    assert "\n" not in str(caught.value)


def test_bad_rows_are_skipped_and_counted_where_that_is_asked(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"question": "A", "answers": {"text": []}}\n' + json.dumps(ROWS[0]))
    found, request = load(path, columns=COLUMNS, on_bad_record="skip")
    assert [row["id"] for row in found] == ["00000001"]
    assert request.dropped == {"bad record, skipped": 1}
