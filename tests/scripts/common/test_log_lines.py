"""A text of somebody else in a log or an error is a part of one line, which a terminal shows."""

import logging
import subprocess
import sys

import pytest

from scripts.common.command import report_error
from scripts.common.errors import InputError
from scripts.common.escapes import clean_message
from scripts.common.files import ROOT
from scripts.common.limits import MESSAGE_CHARACTERS
from scripts.common.log_lines import LogFile, LogLines
from tests.support.hostile import COMMANDS, HOSTILE, write_long

BUG = """
import argparse
from scripts.common.command import run

def main(arguments):
    try:
        raise KeyError("first")
    except KeyError:
        raise ZeroDivisionError("a\\nerror: b\\x1b[31m" + "c" * 10_000_000)

run(main, argparse.ArgumentParser(prog="test.script"))
"""


@pytest.fixture
def logged(tmp_path):
    """Return a logger of its own, and what reads its file."""
    log, path = logging.Logger("of a test"), tmp_path / "log.txt"
    handler = LogFile(path, encoding="utf-8")
    handler.setFormatter(LogLines())
    log.addHandler(handler)
    yield log, lambda: path.read_text(encoding="utf-8")
    handler.close()


@pytest.mark.parametrize("name", HOSTILE)
def test_a_message_is_one_line_of_a_log(logged, name):
    log, read = logged
    log.warning("the server says %s", HOSTILE[name])
    text = read()
    assert text.count("\n") == 1 and not COMMANDS.search(text.rstrip("\n"))
    assert text[2] == ":" and " the server says" in text


@pytest.mark.parametrize("name", HOSTILE)
def test_an_errors_text_makes_no_line_that_could_be_another(logged, name):
    log, read = logged
    try:
        raise ValueError(HOSTILE[name])
    except ValueError:
        log.exception("failed")
    text = read()
    assert not COMMANDS.search(text.replace("\n", ""))
    at_the_edge = [line for line in text.splitlines() if not line.startswith("  ")]
    assert [line.split()[0].rstrip(":") for line in at_the_edge[1:]] == ["Traceback", "ValueError"]


@pytest.mark.parametrize("name", HOSTILE)
def test_an_error_is_one_line_of_a_terminal(capsys, name):
    report_error(str(InputError(f"a.json: found {HOSTILE[name]}, expected b")))
    shown = capsys.readouterr().err
    assert shown.startswith("error: a.json: found ") and shown.endswith("expected b\n")
    assert shown.count("\n") == 1 and not COMMANDS.search(shown.rstrip("\n"))


def test_a_message_has_an_end():
    for text in (write_long(), write_long() + "\n", "\x1b[1m" * 2_500_000, "\x1b" * 10_000_000):
        assert len(clean_message(f"found {text}")) <= MESSAGE_CHARACTERS
        assert clean_message(f"found {text}").endswith("...")
        assert len(str(InputError(text))) <= MESSAGE_CHARACTERS
    assert clean_message("a" * MESSAGE_CHARACTERS) == "a" * MESSAGE_CHARACTERS
    assert clean_message("two  spaces/a") == "two  spaces/a"


def test_an_error_that_nothing_catches_is_told_as_python_does_and_cleaned(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", BUG, "--log", str(tmp_path / "log.txt")],
        env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True,
    )  # fmt: skip
    log = (tmp_path / "log.txt").read_text(encoding="utf-8")
    for told in (done.stderr, log):
        assert "KeyError: 'first'" in told and "\nDuring handling of " in told
        assert "\nZeroDivisionError: a\n  error: bccc" in told
        assert "\x1b" not in told and len(told) < 2 * MESSAGE_CHARACTERS
    assert done.returncode == 1
