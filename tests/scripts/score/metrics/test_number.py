"""The final number of an answer, in every form that word problems are answered in."""

from fractions import Fraction

import cn2an
import pytest

from scripts.common.errors import InputError
from scripts.score.metrics.number import details, final_number, statistics
from scripts.score.metrics.numbers import find_numbers
from scripts.score.metrics.settings import Settings
from tests.support.published_files import needs_mirror, read_json_lines, read_tsv


def value(text: str) -> Fraction | None:
    number = final_number(text)
    return number and number.value


def is_right(prediction: str, *references: str) -> bool:
    record = {"id": "1", "prediction": prediction, "references": list(references)}
    return bool(statistics("accuracy", [record], Settings())[0, 0])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # thousands
        ("1,234", "1234"),
        ("1,000,000 people", "1000000"),
        ("1,23,456 rupees", "123456"),
        ("1\u202f234", "1234"),
        ("Mr. Tan has $118 000.", "118000"),
        ("1'234'567", "1234567"),
        ("1.234.567", "1234567"),
        ("$1{,}234$", "1234"),
        ("in 2020, 100 people", "100"),
        ("2,000 and 3,000", "3000"),
        ("1_000_000", "1000000"),
        # emphasis and indexes
        ("_18_", "18"),
        ("__18__", "18"),
        ("**18**", "18"),
        ("The answer is _18_.", "18"),
        ("so __-18 dollars__ remain", "-18"),
        ("***_18_***", "18"),
        (r"\boxed{4210_{5}}", "4210"),
        (r"\boxed{4210_5}", "4210"),
        (r"x_{10} = 3", "3"),
        ("x_1 = 3 and x_2", "3"),
        ("10_1000", "10"),
        # decimals
        ("about 3.14.", "157/50"),
        (".5", "1/2"),
        ("Rs.500", "500"),
        # fractions and mixed numbers
        ("3/4", "3/4"),
        ("½ cup", "1/2"),
        ("1½ cups", "3/2"),
        ("1 3/4 miles", "7/4"),
        ("1(3/4)", "7/4"),
        ("((11)/(20))", "11/20"),
        (r"\frac{3}{4}", "3/4"),
        (r"1\frac{3}{4}", "7/4"),
        (r"-\dfrac{3}{4}", "-3/4"),
        (r"\frac12", "1/2"),
        # percent
        ("50%", "1/2"),
        ("12.5 percent", "1/8"),
        ("５０％", "1/2"),
        ("百分之50", "1/2"),
        # signs and currencies
        ("-5", "-5"),
        ("−5", "-5"),
        ("x=-2", "-2"),
        ("-$5", "-5"),
        ("$-5", "-5"),
        ("负5", "-5"),
        ("10-5", "5"),
        ("16–18", "18"),
        ("£7", "7"),
        ("￥７", "7"),
        # units
        ("12 m2", "12"),
        ("12m²", "12"),
        ("5 cm^2", "5"),
        ("7 元/千克", "7"),
        ("1.5万", "15000"),
        ("2亿人", "200000000"),
        # full-width and Chinese
        ("共１２３４个", "1234"),
        ("١٬٢٣٤٫٥", "2469/2"),
        ("१२ रुपये", "12"),
        ("3分之2", "2/3"),
        ("1又3分之2", "5/3"),
        ("2个半小时", "5/2"),
        ("一百二十三", "123"),
        ("三分之二", "2/3"),
        ("一又三分之二", "5/3"),
        ("百分之五十", "1/2"),
        ("两个半小时", "5/2"),
        ("一半", "1/2"),
        ("负五", "-5"),
        ("三点一四", "157/50"),
        ("一共有16个", "16"),
        # nothing
        ("no idea", None),
        ("1/0", None),
        ("百亿万", None),
        ("两亿二", None),
        ("1" * 5000, None),
    ],
)
def test_numbers_in_every_form(text, expected):
    assert value(text) == (None if expected is None else Fraction(expected))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r"so \boxed{\frac{3}{4}} of 12", "3/4"),
        ("She has 3.\n#### 70,000", "70000"),
        ("The answer is 5 apples. She has 3 left.", "5"),
        ("Therefore, the answer is option c) 2024.", "2024"),
        ("Answer: 3 + 4 = 7\nThat took 2 steps.", "7"),
        ("答案是123。共用了2步。", "123"),
        ("答案为３，４", "3"),
        ("答：一共有16个。用了3步", "16"),
        ("答案是一百二十三元。", "123"),
        ("She sold 16 eggs for 18 dollars.", "18"),
        ("The answer is clear. It is 18.", "18"),
    ],
)
def test_a_marked_answer_goes_before_the_last_number(text, expected):
    assert value(text) == Fraction(expected)


@needs_mirror
def test_every_solution_of_gsm8k_gives_its_own_answer():
    rows = read_json_lines("openai/grade-school-math/*/grade_school_math/data/test.jsonl")
    split = [row["answer"].rpartition("####") for row in rows]
    assert len(rows) == 1319
    assert all(is_right("".join(parts), parts[2].strip()) for parts in split)
    # Without its last line, a solution's last number is not always the answer.
    assert sum(is_right(solution, gold.strip()) for solution, _, gold in split) == 1283
    print(f"accuracy (number): right on {len(rows)} solutions of GSM8K")


@needs_mirror
@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_answer_of_mgsm_is_read_in_digits_and_in_chinese(language):
    rows = read_tsv(f"google-research/url-nlp/*/mgsm/mgsm_{language}.tsv")
    assert len(rows) == 250
    for _, gold in rows:
        assert is_right(f"答案是 {gold} 美元。", gold)
        assert is_right(f"所以答案是{cn2an.an2cn(gold.replace(',', ''))}元。", gold)


@needs_mirror
def test_billas_solutions_end_in_their_answers():
    corpora = "Neutralzz/BiLLa/*/train_codes/pretraining_corpora"
    found = [
        value(row["output"])
        for name in ("mwp-zh", "mwp-en")
        for row in read_json_lines(f"{corpora}/{name}/10001.jsonl")
    ]
    assert found == [16, 700, Fraction(5, 100), 2024]


def test_chinese_numerals_are_read_as_they_are_written():
    for number in [*range(0, 3000, 7), 10_010, 100_100, 1_002_003, 20_000_000, 300_000_004]:
        assert value(cn2an.an2cn(number)) == number


def test_numbers_are_equal_exactly_or_as_percentages():
    assert is_right("0.75", "3/4")
    assert not is_right("0.33", "1/3")
    assert is_right("50%", "0.5") and is_right("0.5", "50%")  # the share
    assert is_right("50%", "50") and is_right("50", "50%")  # how many percent
    assert not is_right("0.5%", "50%")
    assert is_right("7", "6", "7")
    assert not is_right("", "0")


def test_answers_without_a_number_are_counted_apart():
    records = [{"prediction": text} for text in ("none", "7", "")]
    assert details("accuracy", records, None, Settings()) == {"without_number": 2}


def test_a_reference_that_is_no_number_is_one_line():
    with pytest.raises(InputError, match="record 1: reference 'seven or 8, 9' has 2 numbers"):
        is_right("7", "seven or 8, 9")


def test_numbers_come_in_order():
    assert [number.value for number in find_numbers("3 - 4 = -1")] == [3, 4, -1]
