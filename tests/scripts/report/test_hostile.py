"""A record of ten million characters leaves the pages small; half a character is refused."""

import json
import time

import pytest
from plotly.offline import get_plotlyjs

from scripts.common.errors import InputError
from scripts.common.files import write_text
from scripts.report.answer_data import few
from scripts.report.page import make_environment
from scripts.report.sections.translations import sample_translations
from tests.support.hostile import COMMANDS, HOSTILE, write_long
from tests.support.hostile_report import write_hostile_answers, write_hostile_report

MARK = " characters in all]"


def test_a_report_of_a_million_characters_a_text_is_small(tmp_path):
    long, began = write_long()[:1_000_000], time.process_time()  # of thirty texts
    kept = {"Add a page", "添加页面"}
    page = write_hostile_report(tmp_path, lambda text: long if text in kept else text)
    text = page.read_text(encoding="utf-8")
    assert len(text) - len(get_plotlyjs()) < 400_000 and MARK in text
    assert time.process_time() - began < 60


def test_answers_of_ten_million_characters_are_cut_with_a_mark(tmp_path):
    long, began = write_long(), time.process_time()
    text = write_hostile_answers(tmp_path, [long]).read_text(encoding="utf-8")
    assert len(text) < 200_000 and text.count(MARK) >= 8
    assert time.process_time() - began < 30


def test_of_many_choices_the_first_are_shown_with_a_mark():
    assert few(["a"] * 5) == ["a"] * 5
    assert len(few(["a"] * 100_000)) < 200 and few(["a"] * 100_000)[-1] == "… [100,000 in all]"


@pytest.mark.parametrize("name", HOSTILE)
def test_what_a_page_holds_turns_nothing_and_is_data(tmp_path, name):
    """As it stands in the file, whatever reads that; in JSON the text is whole."""
    text = HOSTILE[name]
    page = make_environment().from_string('<p title="{{ text }}">{{ text }}</p>')
    assert not COMMANDS.search(page.render(text=text).replace("\n", ""))
    if name == "half a character":
        return  # no file of JSON holds it: see below
    written = write_hostile_answers(tmp_path, [text]).read_text(encoding="utf-8")
    assert not COMMANDS.search(written.replace("\n", ""))
    begin = written.index('id="answers">') + len('id="answers">')
    data = written[begin : written.index("</script>", begin)]
    assert not set("<>&") & set(data)
    assert json.loads(data)["instructions"][0] == text


def test_half_a_character_in_a_prediction_is_one_line(tmp_path):
    path = tmp_path / "a.jsonl"
    record = {"id": "a", "input": "a", "references": [], "prediction": HOSTILE["half a character"]}
    write_text(path, json.dumps(record) + "\n")
    with pytest.raises(InputError, match=r"a\.jsonl:1: found a lone surrogate"):
        sample_translations({"base": path})
