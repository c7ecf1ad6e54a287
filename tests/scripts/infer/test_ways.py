"""A model is asked in the fastest exact way, and by attention that computes what `eager` does."""

from pathlib import Path

import pytest

from scripts.common.errors import InputError
from scripts.common.files import write_json
from scripts.convert.small_copy import mark_of
from scripts.infer.attention import choose_attention
from scripts.infer.decoding import SINGLE, SLOTS
from scripts.infer.inference import Inference
from scripts.infer.ways import GENERATE, choose_way, name_way
from tests.support.architectures import make_config


def ask(checks: Path | None = None) -> Inference:
    return Inference(Path("model"), Path("b"), 1, "auto", None, 1, Path("out"), {}, checks)


def test_the_first_exact_way_is_taken_and_said(caplog):
    caplog.set_level("INFO", "lingraft")
    tried = {SLOTS: "no such cache", "padded": 2e-2, SINGLE: 1e-7}
    assert choose_way(GENERATE, lambda _: tried, make_config("llama"), ask(), SLOTS) == SINGLE
    assert "generate: a prompt at a time, since ended rows replaced: no such cache" in caplog.text
    assert name_way(SINGLE, SLOTS) == {"way": SINGLE} and name_way(SLOTS, SLOTS) == {}


def test_no_exact_way_is_one_line():
    with pytest.raises(InputError, match=r"no way to generate is exact for llama \(one differs"):
        choose_way(GENERATE, lambda _: {"one": 2e-2}, make_config("llama"), ask(), SLOTS)


def test_what_was_written_is_not_measured_again(tmp_path):
    config = make_config("llama")
    written = {"mark": mark_of(config), "tried": {GENERATE: {SLOTS: 0.0}}}
    write_json(tmp_path / "base.json", written)
    asked = ask(tmp_path / "base.json")
    assert choose_way(GENERATE, lambda _: 1 / 0, config, asked, SLOTS) == SLOTS


@pytest.mark.parametrize(
    ("name", "expected"), [("llama", None), ("gemma2", None), ("falcon-alibi", "eager")]
)
def test_a_kernel_that_computes_something_else_is_not_taken(name, expected):
    assert choose_attention(make_config(name)) == expected


def test_a_verdict_that_does_not_know_the_fastest_way_is_measured_again(tmp_path):
    config = make_config("llama")
    written = {"mark": mark_of(config), "tried": {GENERATE: {"an older way": 0.0}}}
    write_json(tmp_path / "base.json", written)
    asked = ask(tmp_path / "base.json")
    assert choose_way(GENERATE, lambda _: {SLOTS: 0.0}, config, asked, SLOTS) == SLOTS
