"""Records that are longer than a row are cut, left out or split, and counted once."""

import logging

import pytest

from scripts.common.command import log
from scripts.common.errors import InputError
from scripts.pack.rendering import Example
from scripts.pack.too_long import Lengths, fit

LENGTH = 32


def long_example(tokens: int = 80, first: int = 1, turn: int = 0) -> Example:
    """Return an example that is longer than a row."""
    return Example("s", list(range(tokens)), first, "s:1", turn=turn)


def test_a_text_is_split_into_pieces_of_one_record():
    lengths = Lengths(LENGTH)
    pieces = list(fit([long_example()], "split", lengths))
    assert [token for piece in pieces for token in piece.ids] == list(range(80))
    assert [piece.is_first for piece in pieces] == [True, False, False]
    assert [piece.useful for piece in pieces] == [31, 31, 15]
    assert (lengths.cut["s"], lengths.dropped["s"]) == (1, 0)


def test_an_answer_loses_its_end_or_is_left_out():
    lengths = Lengths(LENGTH)
    (kept,) = fit([long_example(first=20)], "truncate", lengths)
    assert (kept.ids, kept.first, kept.useful) == (list(range(LENGTH)), 20, 12)
    assert list(fit([long_example()], "drop", lengths)) == []
    # Nothing would be learned from a prompt alone.
    assert list(fit([long_example(first=LENGTH)], "truncate", lengths)) == []
    assert lengths.describe("s") == {"too_long": 2, "read": 3}
    assert kept.is_cut and lengths.cut["s"] == 1


def test_records_are_counted_and_not_passes():
    lengths = Lengths(LENGTH)
    list(fit([long_example(turn=turn) for turn in range(5)], "drop", lengths))
    assert lengths.describe("s") == {"too_long": 1, "read": 1}


def test_many_are_told(caplog, monkeypatch):
    monkeypatch.setattr(log, "propagate", True)
    lengths = Lengths(LENGTH)
    short = [Example("s", [1, 2], 1), Example("t", [1, 2], 1)]
    list(fit([*short * 15, long_example()], "drop", lengths))
    with caplog.at_level(logging.WARNING):
        lengths.warn()
    assert caplog.messages == ["s: 1 of 16 records (6.2 %) are left out: longer than 32 tokens"]


def test_data_of_which_nothing_fits_is_an_error_and_no_endless_loop():
    endless = iter(lambda: Example("s", [1] * 40, 1), None)
    with pytest.raises(InputError, match="--length 32: none of the first 7 examples fits"):
        list(fit(endless, "drop", Lengths(LENGTH, 7)))
