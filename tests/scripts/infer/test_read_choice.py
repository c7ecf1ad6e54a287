"""What choice a written answer names, and that nothing is read where none is named."""

import pytest

from scripts.infer.read_choice import UNREAD, meant_labels, read_choice

CHOICES = ["the sea", "the moon", "a quiet boat", "Ice and snow"]


def read(text, choices=CHOICES, labels=()):
    return read_choice(text, {"choices": choices}, labels)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("B", 1),
        (" b.", 1),
        ("(C)", 2),
        ("**D**", 3),
        ("Ｂ", 1),
        ("B. the moon", 1),
        ("the moon", 1),
        ("The moon.", 1),
        ("The answer is B.", 1),
        ("The answer is (B), since A is wet.", 1),
        ("Answer: C", 2),
        ("A good answer is B", 1),
        ("First I took A. But the answer is D", 3),
        ("Is the answer A? No. The answer is **B**", 1),
        ("A. Since the sea is B-shaped, it is not C.", 0),
        ("B，因为月亮很圆", 1),
        ("答案是B", 1),
        ("本题的答案是：C。", 2),
        ("答案：D", 3),
        ("应选C", 2),
        ("选项B正确，A错误", 1),
        ("因为文中说…所以B项正确", 1),
        ("I think that C fits", 2),
        ("It is bright.\nThe moon.", 1),
        ("The answer is: the moon.", 1),
        ("答案是 a quiet boat。", 2),
        ("The answer is A quiet boat.", 2),
        ("The answer is A because it is wide", 0),
        ("It is not B, it is C.", 2),
        ("不是A，而是D", 3),
        ("Surely it isn't (A)", UNREAD),
        ("It must be the moon, of course", UNREAD),
        ("An apple a day", UNREAD),
        ("A boat is on the water", UNREAD),
        ("the sea or the moon", UNREAD),
        ("I don't know.", UNREAD),
        ("E", UNREAD),
        ("BBC and DVD", UNREAD),
        ("Plan9B", UNREAD),
        ("the seaside", UNREAD),
        ("A. the sea\nB. the moon\nC. a qu", UNREAD),
        ("A. the sea\nB. the moon\nThe answer is B.", 1),
        ("A. the sea\nThat is why.", 0),
        ("", UNREAD),
        ("\n \t", UNREAD),
    ],
)
def test_a_letter_or_a_choice_is_read(text, expected):
    assert read(text) == expected


def test_a_letter_beyond_the_choices_is_none():
    assert read("C", ["yes", "no"]) == UNREAD


def test_choices_that_are_alike_and_words_of_a_sentence_are_not_read():
    assert read("same", ["same", "same"]) == UNREAD
    assert read("I have no idea", ["yes", "no"]) == UNREAD


def test_as_many_letters_as_choices():
    assert read("The answer is I.", [str(n) for n in range(10)]) == 8
    assert read("Because I am tired, B", [f"choice {n}" for n in range(10)]) == 1


@pytest.mark.parametrize(
    ("text", "labels", "expected"),
    [
        ("B", ["A", "B", "C", "D"], 1),
        (" C", [" A", " B", " C", " D"], 2),
        ("the moon", CHOICES, 1),
        ("the moon", CHOICES[::-1], 1),
        ("2", ["1", "2", "3", "4"], 1),
        ("E", ["A", "B", "C", "D", "E"], UNREAD),
        ("nothing", ["A", "B"], UNREAD),
    ],
)
def test_a_label_stands_for_a_choice(text, labels, expected):
    assert read(text, labels=labels) == expected


@pytest.mark.parametrize(
    ("labels", "choices", "meant"),
    [
        ("ABCD", ["x", "y"], "AB"),
        ("ABCD", ["x", "y", "z", "w"], "ABCD"),
        (["yes", "no", "maybe"], ["x", "y"], ["yes", "no"]),
        (["true", "false"], ["false", "true"], ["true", "false"]),
        (["yes", "no"], [], ["yes", "no"]),
        ("PQ", ["x"], "PQ"),
    ],
)
def test_labels_that_stand_for_no_choice_of_a_record_are_not_its(labels, choices, meant):
    assert meant_labels({"choices": choices}, list(labels)) == tuple(meant)
