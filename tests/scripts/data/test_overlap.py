"""Both ways of finding held-out text find it in every variant and script, and little else."""

import pyarrow as pa
import pytest

from scripts.data import overlap
from scripts.data.byte_grams import LEAST, find_grams, index_grams, plain
from scripts.data.check_overlap import find_secrets
from scripts.data.containment import find_units, index_units
from scripts.data.fold import fold_block, join_fields
from scripts.data.held_out import HeldOut
from scripts.data.overlap import records_of
from scripts.data.secret_texts import Secret, SecretTexts
from tests.support.leaks import OTHERS, SENTENCES, TRADITIONAL, VARIANTS

UNITS = index_units([HeldOut("b", name, text) for name, text in SENTENCES.items()])
GRAMS = index_grams([(text, LEAST) for text in SENTENCES.values()])


def contained(texts):
    """Return which held-out sentence each text contains, by the filter's way."""
    found = find_units(UNITS, fold_block(join_fields([text]) for text in texts))
    return {row: list(SENTENCES)[number] for row, number, _ in found}


def in_bytes(texts):
    """Return which held-out sentence each text contains, by the check's way."""
    found = find_grams(GRAMS, [plain(text) for text in texts])
    return {row: list(SENTENCES)[number] for row, number, _ in found}


WAYS = pytest.mark.parametrize("find", [contained, in_bytes])


@WAYS
@pytest.mark.parametrize("variant", VARIANTS)
def test_every_variant_is_found_in_every_script(find, variant):
    leaks = [VARIANTS[variant](text) for text in SENTENCES.values()]
    assert find(leaks) == dict(enumerate(SENTENCES))


@WAYS
def test_traditional_characters_are_found(find):
    assert find([TRADITIONAL, f"翻譯：{TRADITIONAL}"]) == {0: "zh", 1: "zh"}


@WAYS
def test_other_text_is_not_found(find):
    halves = [text[: len(text) // 2] for text in SENTENCES.values()]
    assert not find([*OTHERS.values(), *halves])


@WAYS
def test_a_records_neighbours_do_not_matter(find):
    texts = [*OTHERS.values(), SENTENCES["en"], "", SENTENCES["th"], *OTHERS.values()]
    assert find(texts) == {len(OTHERS): "en", len(OTHERS) + 2: "th"}


@WAYS
def test_words_scattered_over_a_long_text_are_not_found(find):
    words = SENTENCES["en"].split()
    pieces = [" ".join(words[start : start + 4]) for start in range(0, len(words), 4)]
    assert not find([f" {OTHERS['en']} ".join(reversed(pieces))])


def test_what_all_benchmarks_say_is_no_secret():
    template = "Which of the following statements about the old harbour and its boats is true? "
    texts = [template + text for text in (*SENTENCES.values(), *OTHERS.values())]
    units = index_units([HeldOut("b", str(n), text) for n, text in enumerate(texts)])
    assert not list(find_units(units, fold_block([join_fields([template])])))


def test_the_check_finds_a_question_in_two_fields():
    whole = "Name the boat that came in last"
    texts = SecretTexts([Secret("b", "1", whole, True, LEAST)], {plain(whole): 0}, GRAMS)
    names = ["id", "instruction", "input", "output"]
    rows = [["c", "Name the boat", "that came in last", "x"], ["d", "Name the boat", "", "x"]]
    block = pa.RecordBatch.from_pylist([dict(zip(names, row, strict=True)) for row in rows])
    assert [example["record"] for example in find_secrets(texts, block)] == ["c"]


def test_a_records_strings_are_those_of_its_columns_and_lists():
    block = pa.RecordBatch.from_pydict(
        {
            "id": ["a", "b"],
            "question": pa.array(["What?", "Who?"], pa.large_string()),
            "answers": [["x", "y"], []],
            "answer": [1, 0],
            "category": [None, "z"],
        }
    )
    assert records_of(block) == [["What?", "x", "y", ""], ["Who?", "z"]]


def test_long_records_are_folded_in_blocks_of_bounded_size(monkeypatch):
    monkeypatch.setattr(overlap, "CHARACTERS", 10)
    records = [["abc"], ["d" * 30], ["e", "f"], ["g" * 9]]
    blocks = list(overlap.cut_blocks(records))
    assert [(row, len(block)) for row, block in blocks] == [(0, 2), (2, 2)]
