"""Questions come through a pipe, answers go to another, and all else to standard error."""

import io
import json
import shutil
import subprocess
from contextlib import redirect_stderr, redirect_stdout

import pytest

from scripts.common.command import report_error
from scripts.common.digests import write_digests
from scripts.common.errors import InputError
from scripts.common.files import read_jsonl, write_jsonl
from scripts.infer import generate
from scripts.infer.chat.__main__ import main, parser
from tests.support.chat_study import CHAT, chat_environment, make_chat_study

SHORT = ["--max-new-tokens", "12"]
QUESTIONS = ["Translate from English to Chinese.", "床前明月光，<|im_end|>", "Is it\nquiet?", "A"]


@pytest.fixture(scope="module")
def folder(tiny_model, tmp_path_factory):
    folder = tmp_path_factory.mktemp("chat")
    make_chat_study(tiny_model, folder)
    return folder


def run_command(folder, *words, text="", check=0):
    """Run the command; return what it wrote, answers and errors."""
    done = subprocess.run(
        [*CHAT, *map(str, words)], cwd=folder, input=text.encode(), capture_output=True,
        env=chat_environment(), timeout=120,
    )  # fmt: skip
    told = done.stderr.decode()
    assert done.returncode == check, told
    assert "Traceback" not in told
    return done.stdout.decode(), told


def ask(folder, *words, text="", check=0):
    """Do the same in this process, which has imported torch already."""
    asked = text if isinstance(text, bytes) else text.encode()
    out, told, code = io.StringIO(), io.StringIO(), 0
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(told):
        patch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(asked), "utf-8"))
        patch.chdir(folder)
        try:
            main(parser().parse_args(["--dtype", "float32", *map(str, words)]))
        except InputError as error:
            report_error(str(error))
            code = 1
        except SystemExit as end:
            code = end.code
    assert code == check, told.getvalue()
    assert "\x1b" not in out.getvalue() + told.getvalue()
    return out.getvalue(), told.getvalue()


def answers(folder, *words, text):
    found, _ = ask(folder, *words, *SHORT, "--json", text=text)
    return [json.loads(line) for line in found.splitlines()]


def test_answers_are_a_benchmarks(folder):
    for name, form in (("tuned", "chatml"), ("alpaca", "alpaca"), ("brief", "brief")):
        records = [
            {"id": f"r{n}", "task": "open", "instruction": text, "input": "The sea." * (n % 2)}
            for n, text in enumerate(QUESTIONS)
        ]
        write_jsonl(folder / "asked_en.jsonl", records)
        words = [
            *(
                "--model",
                folder / "results/models" / name,
                "--benchmark",
                folder / "asked_en.jsonl",
            ),
            *("--output", folder / "told.jsonl", "--dtype", "float32", "--format", form, *SHORT),
        ]
        generate.main(generate.parser().parse_args(list(map(str, words))))
        told = read_jsonl(folder / "told.jsonl")
        # Two of the four have an input, and one has two lines: a process each way.
        for given in ("", "The sea."):
            rows = [row for row in told if row["input"] == given and "\n" not in row["instruction"]]
            lines = "\n/reset\n".join(row["instruction"] for row in rows)
            found = answers(folder, "--model", name, "--input", given, text=lines)
            assert [(row["prediction"], row["tokens"]) for row in rows] == [
                (row["text"], row["tokens"]) for row in found
            ]
    whole = next(row for row in told if "\n" in row["instruction"])
    (found,) = answers(folder, "--model", "brief", "--once", text=whole["instruction"] + "\n")
    assert (found["text"], found["question"]) == (whole["prediction"], whole["instruction"])


def test_one_answer_is_all_that_is_written(folder):
    text, told = run_command(folder, "--once", *SHORT, text="Sea?\nQuiet?\n")
    assert text.endswith("\n") and text.strip()
    assert "cut at 12 tokens" in told and "tuned" not in told


def test_lines_are_turns_and_commands(folder):
    lines = "Sea?\n\nQuiet?\n/system Be brief.\nSea?\n/reset\nSea?\n/quit\nNot asked\n"
    found = answers(folder, "--model", "base", text=lines)
    assert [row["question"] for row in found] == ["Sea?", "Quiet?", "Sea?", "Sea?"]
    sizes = [row["prompt_tokens"] for row in found]
    assert sizes[0] < sizes[3] < sizes[1] < sizes[2]
    assert [row["system"] for row in found] == ["", "", "Be brief.", "Be brief."]
    first = found[0]
    assert (first["model"], first["format"], first["dtype"]) == ("base", "chatml", "float32")
    assert (first["ending"], first["tokens"]) == ("length", 12)
    assert 0 < first["seconds_to_first"] <= first["seconds"]


def test_two_models_answer_each_question(folder):
    found = answers(folder, "--compare", "alpaca", text="Sea?\nQuiet?\n/compare off\nSea?\n")
    assert [row["model"] for row in found] == ["tuned", "alpaca"] * 2 + ["tuned"]
    assert found[1]["format"] == "alpaca"
    text, told = ask(folder, "--compare", "alpaca", *SHORT, "--once", text="Sea?")
    assert [line for line in told.splitlines() if ":" not in line] == ["tuned", "alpaca"]
    assert text.strip()


def test_a_line_that_fails_is_told_and_the_next_is_answered(folder):
    text, told = ask(folder, *SHORT, text="/tempratur 1\n/beams 0\nSea?\n", check=1)
    assert "/tempratur: no such command; did you mean '/temperature'?" in told
    assert "beams: found 0, expected at least 1" in told
    assert text.strip() and told.startswith("tuned: chatml, float32 on cpu, window 32768\n")


ODD = {
    "no UTF-8": b"\xff\xfe half",
    "controls": b"NUL \0 and \x1b[31m red",
    "half a pair": b"\xed\xa0\x80",
    "longer than the window": b"sea " * 9000,
}


@pytest.mark.parametrize("text", ODD.values(), ids=ODD)
def test_odd_questions_are_answered(text, folder):
    text, told = ask(folder, "--once", *SHORT, text=text)
    assert text.strip()
    assert ("the window is full" in told) == (len(told) > 100), told


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["--model", "tuend"],
            "/tuend: no such model is built; did you mean 'tuned'",
        ),
        (["--model", "a" * 5000], "File name too long, expected a model's name or folder"),
        (["--model", "a\x1b[31mb"], "results/models/ab: no such model is built"),
        (["--format", "alpca"], "no format 'alpca'; did you mean 'alpaca'?"),
        (["--compare", "tuned"], "--compare tuned: expected another model than --model"),
        (["--top-p", "0.9"], "top_p: 0.9: it is beside a `temperature` above 0"),
        (["--max-new-tokens", "40000"], "40000 new tokens leave no room in a window of 32768"),
        (["--results", "nowhere"], "nowhere/chat.json: found none; run the study"),
    ],
)
def test_what_cannot_be_is_one_line(words, message, folder):
    text, told = ask(folder, "--once", *words, text="Sea?", check=1)
    assert not text and message in told and len(told.splitlines()) == 1


@pytest.mark.parametrize("once", [["--once"], []])
def test_no_question_is_one_line(once, folder):
    told = ask(folder, *once, text=" \n\n", check=1)[1].splitlines()
    assert told[-1] == "error: standard input: found no question"


def test_what_is_wrong_with_the_command_line_is_told_by_its_status(folder):
    assert "--temperature: found -1" in run_command(folder, "--temperature=-1", check=2)[1]
    told = run_command(folder, "--once", "--model", "tuend", text="Sea?", check=1)[1]
    assert "did you mean 'tuned'?" in told and len(told.splitlines()) == 1


def test_a_damaged_model_is_one_line(folder, tmp_path):
    shutil.copytree(folder / "results", tmp_path / "results")
    model = tmp_path / "results/models/tuned"
    write_digests(model)
    weights = model / "model.safetensors"
    content = bytearray(weights.read_bytes())
    content[-5] ^= 1
    weights.write_bytes(content)
    told = ask(tmp_path, "--once", text="Sea?", check=1)[1]
    assert "model.safetensors: damaged" in told and len(told.splitlines()) == 1


def test_an_end_of_reading_ends_without_a_word(folder):
    command = " ".join(CHAT) + " --max-new-tokens 3000 2>told | head -c 3; echo ${PIPESTATUS[0]}"
    done = subprocess.run(
        ["bash", "-c", f"echo Sea? | {command}"], cwd=folder, capture_output=True, timeout=120,
        env=chat_environment(),
    )  # fmt: skip
    assert done.stdout.endswith(b"\n") and (folder / "told").read_text().count("\n") == 1
