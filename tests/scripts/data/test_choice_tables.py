"""Tables of others, in their authors' columns, are read as the registry says."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from scripts.common.errors import InputError
from tests.support.registered import load

# A row of each in the form in which it is published, with other texts.
MMLU = {"question": "Which is even?", "subject": "arithmetic", "choices": ["1", "2", "3", "5"],
        "answer": 1}  # fmt: skip
CEVAL = {"id": 0, "question": "哪个是偶数？", "A": "1", "B": "3", "C": "4", "D": "5", "answer": "C",
         "explanation": ""}  # fmt: skip
BELEBELE = {"flores_passage": "The mill grinds rye.", "question": "What does it grind?",
            "mc_answer1": "Oats", "mc_answer2": "Rye", "mc_answer3": "Corn", "mc_answer4": "Salt",
            "correct_answer_num": "2"}  # fmt: skip
XWINOGRAD = {"sentence": "The cup did not fit the box as _ was too big.", "option1": "the cup",
             "option2": "the box", "answer": "1"}  # fmt: skip
XNLI = {"premise": "It rains.", "hypothesis": "It is wet.", "label": 0}
PAWS = {"id": 1, "sentence1": "A sold B to C.", "sentence2": "C sold B to A.", "label": 0}
EXPECTED = {
    "mmlu_en": (MMLU, "", MMLU["question"], MMLU["choices"], 1, "arithmetic"),
    "ceval_zh": (CEVAL, "", CEVAL["question"], ["1", "3", "4", "5"], 2, None),
    "belebele_en": (BELEBELE, "The mill grinds rye.", BELEBELE["question"],
                    ["Oats", "Rye", "Corn", "Salt"], 1, None),
    "xwinograd_ja": (XWINOGRAD, "", XWINOGRAD["sentence"], ["the cup", "the box"], 0, None),
    "xnli_zh": (XNLI, "It rains.", "It is wet.",
                ["entailment", "neutral", "contradiction"], 0, None),
    "paws-x_zh": (PAWS, "A sold B to C.", "C sold B to A.", ["different", "paraphrase"], 0, None),
}  # fmt: skip


def write(folder, *rows):
    path = folder / "test.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return path


@pytest.mark.parametrize("name", EXPECTED)
def test_a_row_as_published_is_a_question_with_choices(name, tmp_path):
    row, *fields = EXPECTED[name]
    names = ("context", "question", "choices", "answer", "category")
    expected = dict(zip(names, fields, strict=True))
    assert load(name, write(tmp_path, row)) == [{"id": "00000000", **expected}]


def test_a_label_that_is_none_of_them_is_told(tmp_path):
    found = load("ceval_zh", write(tmp_path, CEVAL | {"answer": "E"}))
    assert found[0]["answer"] == "E"  # which build_corpus refuses, as any number that is none
    with pytest.raises(InputError, match=r"test\.jsonl, line 1: expected choices in .*no D"):
        load("ceval_zh", write(tmp_path, {key: CEVAL[key] for key in CEVAL if key != "D"}))


def test_texts_of_the_pile_and_of_wudao(tmp_path):
    pile = write(tmp_path, {"text": "One.", "meta": {"pile_set_name": "GitHub"}})
    assert load("pile-val_en", pile) == [{"id": "00000000", "text": "One."}]
    wudao = tmp_path / "test.json"
    wudao.write_text(json.dumps([{"id": 1, "title": "题", "content": "文。"}]))
    assert load("wudao-test_zh", wudao) == [{"id": "00000000", "text": "文。"}]


def test_alpaca_of_others_is_parquet(tmp_path):
    row = {"instruction": "Say it.", "input": "", "output": "It."}
    pq.write_table(pa.Table.from_pylist([row]), tmp_path / "train-00000.parquet")
    assert load("alpaca_ru", tmp_path / "train-00000.parquet") == [{"id": "000000", **row}]
