"""What an answer's form tells without a reference."""

import pytest

from scripts.common.errors import InputError
from scripts.score.metrics.form import (
    details,
    detect_language,
    repeated_share,
    signature,
    statistics,
)
from scripts.score.metrics.settings import Settings
from scripts.score.metrics.tokens import split_tokens
from tests.support.published_files import needs_mirror, read_lines

FLORES = "mozilla/firefox-translations-models/*/evaluation"


def score(metric: str, records: list[dict], language: str | None = None) -> float:
    found, count = statistics(metric, records, Settings(target=language)).sum(axis=0)
    return found / count


def answers(*texts: str) -> list[dict]:
    return [{"prediction": text} for text in texts]


@needs_mirror
@pytest.mark.parametrize("language", ["ar", "el", "hi", "tr", "vi", "zh", "en"])
def test_flores_is_in_its_language(language):
    pair = "ar" if language == "en" else language
    lines = read_lines(f"{FLORES}/en-{pair}/flores-test.{language}")
    assert len(lines) == 1012
    found = [detect_language(line) for line in lines]
    assert found.count(language) / len(lines) > 0.995


def test_the_share_of_answers_in_the_asked_language():
    records = answers("今天天气很好。", "The weather is fine today.", "", "他在图书馆\n看书。")
    assert score("langid", records, "zh") == pytest.approx(0.5)
    assert detect_language("中村说，九七年度") == "zh"  # without kana nothing is Japanese
    assert detect_language("今日はとても天気がいいです") == "ja"
    assert detect_language(" \n") == "empty"


def test_a_number_is_in_any_language_and_not_counted():
    records = answers("今天天气很好。", "1,234%", "")
    assert statistics("langid", records, Settings(target="zh")).tolist() == [[1, 1], [0, 0], [0, 1]]
    found = details("langid", records, None, Settings(target="zh"))
    assert found == {"languages": {"zh": 1, "none": 1, "empty": 1}}


def test_langid_needs_a_language():
    with pytest.raises(InputError, match="--target-language: missing"):
        score("langid", answers("a"))
    assert signature("langid", [], Settings(target="zh"))["model"] == "lid.176.ftz"


def test_empty_answers_are_of_space():
    assert score("empty", answers("", " \n\u3000", "a", "0")) == 0.5


def test_length_ratio_is_of_sums_of_characters():
    records = [
        {"prediction": "四个字符", "references": ["二字", "四个字符"]},
        {"prediction": "", "references": ["a"]},
    ]
    assert score("length_ratio", records) == 4 / (3 + 1)


def test_repetition_is_welleck_et_als_rep_4():
    assert repeated_share(list("abcdefg")) == (0, 1)
    assert repeated_share(list("abcdabcdabcd")) == (1 - 4 / 9, 1)
    # Too short to repeat anything: it says nothing.
    assert repeated_share(list("abc")) == (0, 0)
    assert score("repetition", answers("a b c d", "哈哈哈哈哈")) == 0.25


def test_tokens_are_words_and_han_characters():
    assert split_tokens("GPT-4在2023年，ok") == ["gpt", "4", "在", "2023", "年", "ok"]
    assert split_tokens("हिन्दी में") == ["हिन्दी", "में"]
