"""Every script: one line for bad input, the traceback in the log, its times beside it."""

import argparse
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.common.command import json_mapping, named_values, parse_each
from scripts.common.files import ROOT
from scripts.common.job_times import read_starts

SCRIPT = """
import argparse, signal
from pathlib import Path
from scripts.common.command import run
from scripts.common.errors import InputError

def main(arguments):
    if arguments.fail == "input":
        raise InputError("a.yaml: key: found 1, expected 2")
    if arguments.fail == "path":
        open("not/there.json")
    if arguments.fail == "full":
        Path("/dev/full").write_text("x")
    if arguments.fail == "bug":
        raise ZeroDivisionError("bug")
    if arguments.fail == "ctrl-c":
        signal.raise_signal(signal.SIGINT)
    if arguments.fail == "memory":
        bytearray(1 << 62)

parser = argparse.ArgumentParser(prog="test.script")
parser.add_argument("--fail")
run(main, parser)
"""
LEAVE = """
import atexit, gc
atexit.register(lambda: print("left", gc.get_freeze_count() > 1000))
"""


def call(folder, *options):
    environment = {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", SCRIPT, *options, "--log", str(folder / "log.txt")]
    return subprocess.run(command, env=environment, capture_output=True, text=True)


def test_bad_input_is_one_line(tmp_path):
    done = call(tmp_path, "--fail", "input")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "error: a.yaml: key: found 1, expected 2\n"
    assert "found 1, expected 2" in (tmp_path / "log.txt").read_text()


def test_bad_input_is_one_line_without_a_log_too(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, "--fail", "input"],
        env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (1, "error: a.yaml: key: found 1, expected 2\n")


def test_a_path_that_is_not_there_is_one_line_and_a_traceback_in_the_log(tmp_path):
    done = call(tmp_path, "--fail", "path")
    assert done.returncode == 1
    assert done.stderr == "error: not/there.json: No such file or directory\n"
    assert "FileNotFoundError" in (tmp_path / "log.txt").read_text()


@pytest.mark.parametrize("log", ["log.txt", "/dev/full"])
def test_a_full_disk_is_one_line_that_of_the_log_too(tmp_path, log):
    """`/dev/full` has no room for a single byte."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, "--fail", "full", "--log", str(tmp_path / log)],
        env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (1, "error: No space left on device\n")


def test_a_bug_leaves_its_traceback_in_the_log(tmp_path):
    assert call(tmp_path, "--fail", "bug").returncode != 0
    assert "ZeroDivisionError: bug" in (tmp_path / "log.txt").read_text()


def test_a_lack_of_memory_is_one_line_and_may_be_tried_again(tmp_path):
    done = call(tmp_path, "--fail", "memory")
    assert done.returncode == 1 and done.stderr.startswith("error: out of memory: ")
    assert len(done.stderr.splitlines()) == 1
    assert "MemoryError" in (tmp_path / "log.txt").read_text()
    (start,) = read_starts(tmp_path / "log.times.jsonl")
    assert start.ended is None is start.failed


def test_ctrl_c_is_one_line(tmp_path):
    done = call(tmp_path, "--fail", "ctrl-c")
    assert (done.returncode, done.stderr) == (130, "error: interrupted\n")


def test_ctrl_c_before_a_scripts_work_has_no_traceback():
    code = (
        "import os, signal, sys\n"
        "from scripts.common.log_lines import show_traceback\n"
        "sys.excepthook = show_traceback\n"
        "os.kill(os.getpid(), signal.SIGINT)\n"
        "signal.pause()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGINT, "", "")


def test_ctrl_c_while_modules_load_has_no_traceback():
    code = "import scripts, os, signal, time; os.kill(os.getpid(), signal.SIGINT); time.sleep(9)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGINT, "", "")
    failed = subprocess.run(
        [sys.executable, "-c", "import scripts; 1 / 0"], capture_output=True, text=True
    )
    assert failed.returncode == 1 and "ZeroDivisionError" in failed.stderr


def test_times_are_beside_the_log(tmp_path):
    assert call(tmp_path).returncode == 0
    (start,) = read_starts(tmp_path / "log.times.jsonl")
    assert start.started <= start.began <= start.ended


@pytest.mark.parametrize(("how", "told"), [("input", True), ("ctrl-c", False)])
def test_a_script_that_fails_has_not_ended_and_notes_whether_it_told_why(tmp_path, how, told):
    assert call(tmp_path, "--fail", how).returncode
    (start,) = read_starts(tmp_path / "log.times.jsonl")
    assert start.ended is None and (start.failed is not None) is told


def test_a_mapping_is_json():
    assert json_mapping('{"a": 1}') == {"a": 1}
    for text, message in (("{", "not JSON"), ("[1]", "expected a JSON object")):
        with pytest.raises(argparse.ArgumentTypeError, match=message):
            json_mapping(text)


def test_a_script_leaves_without_a_last_search_for_circles(tmp_path):
    """It takes a second where torch was imported; what Python runs at its end still runs."""
    command = [sys.executable, "-c", LEAVE + SCRIPT]
    done = subprocess.run(
        command, env={"PYTHONPATH": str(ROOT)}, cwd=tmp_path, capture_output=True, text=True
    )
    assert done.stdout == "left True\n"


def test_a_named_value_is_split_at_its_first_mark():
    assert named_values("name", "path")("encoder/a=b=c,d") == ("encoder/a", "b=c,d")
    assert named_values("method", "extended", "trained")("m=a,b") == ("m", "a", "b")
    for text in ("a", "=b", "a=", "a=b", "a=,b"):
        with pytest.raises(argparse.ArgumentTypeError, match="expected method=extended,trained"):
            named_values("method", "extended", "trained")(text)


def test_options_before_the_first_piece_of_work_are_of_all():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model")
    parser.add_argument("--names", nargs="*")
    words = "--model m --each --names a b --each --log l --model n"
    found = parse_each(parser, words.split())
    assert [(one.model, one.names, one.log) for one in found] == [
        ("m", ["a", "b"], None),
        ("n", None, Path("l")),
    ]


def test_without_several_pieces_of_work_there_is_one():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model")
    assert [one.model for one in parse_each(parser, ["--model", "m"])] == ["m"]
