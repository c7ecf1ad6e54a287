"""Questions, word problems and rewritings in the forms in which they are published."""

import json

import pytest

from scripts.common.errors import InputError
from scripts.data.loaders import LOADERS
from scripts.data.request import Request
from scripts.study.kinds import KINDS
from tests.support.mirror import REGISTRY, has, raw_files

# Counted in the files themselves: C3's and CMRC's questions, lines elsewhere.
COUNTS = {
    "c3-d_zh": 1825,
    "c3-m_zh": 2002,
    "logiqa_zh": 1594,
    "xcopa_tr": 500,
    "xcopa_vi": 500,
    "xcopa_zh": 500,
    "xcopa-val_zh": 100,
    "gsm8k_en": 1319,
    "mgsm_en": 250,
    "mgsm_zh": 250,
    "mcts_zh": 357,
    "mcts-dev_zh": 366,
    "billa-eval_en": 80,
    "billa-eval_zh": 1000,
    "vicuna_en": 80,
    "belle_zh": 1000,
    "cmrc_zh": 1002,
}


def load(name, *raw, **options):
    """Load a registered data set, out of the mirror or out of other files."""
    dataset = REGISTRY.dataset(name)
    request = Request(
        raw=list(raw) or raw_files(name),
        languages=list(dataset.languages),
        options=dataset.entry.get("options", {}) | options,
    )
    return list(LOADERS[dataset.entry["loader"]](request)), request.dropped


@pytest.fixture(params=COUNTS)
def name(request):
    if not has(request.param):
        pytest.skip("LINGRAFT_MIRROR does not name a folder with this data set")
    return request.param


@pytest.fixture
def published(name):
    return load(name)


def test_every_record_of_a_published_file_is_read_or_counted_as_dropped(name, published):
    records, dropped = published
    assert len(records) + dropped.total() == COUNTS[name]
    assert dropped == ({"with an empty option": 1} if name == "logiqa_zh" else {})
    assert {tuple(record) for record in records} == {KINDS[REGISTRY.dataset(name).kind].fields}
    assert len({record["id"] for record in records}) == len(records)


def mirrored(name):
    return pytest.mark.skipif(not has(name), reason=f"no mirror with {name}")


@mirrored("c3-d_zh")
def test_c3_as_published():
    first = load("c3-d_zh")[0][0]
    assert first["context"].splitlines()[0] == "男：听说你们公司要派你去南方工作?"
    assert (first["question"], first["choices"][first["answer"]]) == ("他们在谈论什么?", "工作")


@mirrored("xcopa_tr")
def test_xcopa_asks_in_its_language_and_keeps_the_category():
    first = load("xcopa_tr")[0][0]
    assert (first["question"], first["category"]) == ("Bunun sonucunda ne oldu?", "effect")
    assert first["choices"][first["answer"]] == "Kırılgandı."


@mirrored("gsm8k_en")
def test_word_problems_have_plain_numbers_and_mgsm_is_the_start_of_gsm8k():
    whole, start, chinese = (load(name)[0] for name in ("gsm8k_en", "mgsm_en", "mgsm_zh"))
    numbers = [record["answers"][0] for record in whole]
    assert {"2125", "-10"} <= set(numbers)
    assert not any("," in number for number in numbers)
    assert [r["answers"] for r in start] == [r["answers"] for r in chinese]
    assert [r["answers"][0] for r in start] == numbers[:250]


@mirrored("mcts_zh")
def test_mcts_has_five_simplifications_a_sentence():
    for name in ("mcts_zh", "mcts-dev_zh"):
        assert {len(record["targets"]) for record in load(name)[0]} == {5}


@mirrored("belle_zh")
def test_billas_chinese_questions_are_belles_under_the_same_numbers():
    billa, belle = load("billa-eval_zh")[0], load("belle_zh")[0]
    assert [(r["id"], r["question"]) for r in billa] == [(r["id"], r["question"]) for r in belle]
    assert sum(bool(record["answers"]) for record in belle) == 631
    # README of BiLLa, the tables of its review: sizes of the categories.
    categories = [record["category"] for record in billa]
    assert (categories.count("closed qa"), categories.count("coding")) == (52, 38)


@mirrored("vicuna_en")
def test_billas_english_questions_are_vicunas():
    billa, vicuna = load("billa-eval_en")[0], load("vicuna_en")[0]
    assert billa == vicuna


LCSTS = """<doc id=0>
    <human_label>5</human_label>
    <summary>
        可穿戴技术十大设计原则
    </summary>
    <short_text>
        本文总结了十个可穿戴产品的
设计原则。
    </short_text>
</doc>
<doc id=1>
    <human_label>2</human_label>
    <summary>
        无关
    </summary>
    <short_text>
        另一条。
    </short_text>
</doc>
"""


def test_lcsts_leaves_out_summaries_that_do_not_fit(tmp_path):
    path = tmp_path / "PART_III.txt"
    path.write_text(LCSTS, encoding="utf-8")
    records, dropped = load("lcsts_zh", path)
    source, target = "本文总结了十个可穿戴产品的设计原则。", "可穿戴技术十大设计原则"
    assert records == [{"id": "0000000", "source": source, "targets": [target]}]
    assert dropped == {"labelled below 3": 1}
    path.write_text(LCSTS.replace("无关", ""), encoding="utf-8")
    with pytest.raises(InputError, match=r"PART_III\.txt, line 11: expected a summary"):
        load("lcsts_zh", path)


def test_english_logiqa_has_ids_of_another_name(tmp_path):
    path = tmp_path / "test.txt"
    line = {"id": 7, "answer": 1, "text": "T.", "question": "Q?", "options": ["a", "b"], "type": {}}
    path.write_text(json.dumps(line) + "\n")
    records, _ = load("logiqa_en", path)
    assert (records[0]["id"], records[0]["answer"]) == ("7", 1)


def test_english_logiqa_repeats_ids_which_are_numbered_on(tmp_path):
    path = tmp_path / "test.txt"
    line = {"id": 7, "answer": 1, "text": "T.", "question": "Q?", "options": ["a", "b"], "type": {}}
    empty = {**line, "options": ["a", ""]}
    path.write_text(
        "".join(json.dumps(one) + "\n" for one in (line, line, empty, {**line, "id": 8}, line))
    )
    records, _ = load("logiqa_en", path)
    assert [record["id"] for record in records] == ["7", "7-2", "8", "7-4"]


C3 = [[["文。"], [{"question": "问?", "choice": ["甲", "乙"], "answer": "丙"}], "1-1"]]
XCOPA = {"premise": "P.", "choice1": "A.", "choice2": "B.", "question": "why", "label": 0, "idx": 0}
LOGIQA = {"id": 1, "answer": 4, "text": "T.", "question": "Q?", "options": ["a", "b"]}


@pytest.mark.parametrize(
    ("name", "file", "content", "line"),
    [
        ("c3-d_zh", "c3.json", "{", r"c3\.json: expected C3's list of documents; found no JSON"),
        ("c3-d_zh", "c3.json", json.dumps(C3), r"c3\.json, document 0, question 0: expected lines"),
        ("xcopa_tr", "x.jsonl", json.dumps(XCOPA), r"x\.jsonl, line 1: expected premise, question"),
        ("logiqa_zh", "l.txt", json.dumps(LOGIQA), r"l\.txt, line 1: expected an id, text"),
        ("gsm8k_en", "g.jsonl", '\n{"question": "Q?", "answer": "18"}', "line 2: expected a quest"),
        ("gsm8k_en", "g.jsonl", '{"question": "Q?", "answer": "#### many"}', "line 1: expected a"),
        ("mgsm_zh", "m.tsv", "问？\t三\n", r"m\.tsv, line 1: expected a question, a tab and a num"),
        ("vicuna_en", "q.jsonl", '{"question_id": 1, "turns": []}', r"q\.jsonl, line 1: expected"),
        ("belle_zh", "b.json", '{"question": "", "class": "a", "std_answer": ""}', "line 1: expec"),
        ("belle_zh", "b.json", "not JSON", r"b\.json, line 1: expected .*; found 'not JSON'"),
    ],
)
def test_a_malformed_line_is_named(tmp_path, name, file, content, line):
    path = tmp_path / file
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=line) as error:
        load(name, path)
    assert "\n" not in str(error.value)


def test_rewritings_of_other_length_are_named(tmp_path):
    source, target = tmp_path / "m.orig", tmp_path / "m.simp.0"
    source.write_text("一\n二\n", encoding="utf-8")
    target.write_text("甲\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"m\.simp\.0: 1 lines, expected one a source: 2"):
        load("mcts_zh", source, target)
    with pytest.raises(InputError, match="expected a file of sources and at least one other"):
        load("mcts_zh", source)
