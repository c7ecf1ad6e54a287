"""A conversation in a terminal, as a person has it: keys go in, and the screen is read."""

import json
import re
import signal

import pytest
from rich.cells import cell_len

from scripts.common.files import read_json
from tests.support.chat_study import CHAT, LONG, chat_environment, make_chat_study
from tests.support.screens import ALT_ENTER, CTRL_C, CTRL_D, PASTE, UP, Terminal

READY = re.compile(r"\n(instruction)?> ?(a question, or /help)?$")
SHORT = ["--max-new-tokens", "8"]
SEVERAL = ["👩‍👩‍👧 sea", "مرحبا"]


@pytest.fixture(scope="module")
def study(tiny_model, tmp_path_factory):
    folder = tmp_path_factory.mktemp("chat")
    make_chat_study(tiny_model, folder)
    return folder


@pytest.fixture
def folder(study, tmp_path):
    """A folder of one's own with the study's results."""
    (tmp_path / "results").symlink_to(study / "results")
    return tmp_path


def open_chat(folder, *words, columns=80, lines=40):
    terminal = Terminal([*CHAT, *words], folder, columns, lines, chat_environment())
    terminal.wait(READY.search, 120)
    return terminal


def ask(terminal, text):
    """Type a line; return what is shown below it once the next can be typed."""
    terminal.type(text + "\r")
    terminal.wait(lambda shown: text in shown and READY.search(shown.rpartition(text)[2]))
    return terminal.settle(0.2).rpartition(text)[2]


def begin(terminal, text):
    """Ask what is answered at length; return when some of the answer is there."""
    terminal.type(text + "\r")
    terminal.wait(lambda shown: text in shown and len(shown.rpartition(text)[2]) > 30)


def wait_turns(terminal, folder, count):
    """Return what was said to the first model once those are so many questions."""
    path = folder / ".cache/chat/last.json"
    terminal.wait(lambda _: path.is_file() and len(said(path)[0]) == count, 120)
    return said(path)[0]


def said(path):
    """Return what was said to each model, as it is kept."""
    return [model["turns"] for model in read_json(path)["models"]]


def test_answers_come_token_by_token_and_can_be_stopped(folder):
    with open_chat(folder, *LONG) as terminal:
        assert "tuned: chatml, float32 on cpu, window 32768\n" in terminal.text
        assert "/help lists the commands" in terminal.text
        begin(terminal, "Sea?")
        sizes = [len(terminal.written)]
        for _ in range(3):
            terminal.read(5)
            sizes.append(len(terminal.written))
        assert sizes == sorted(set(sizes)) and "tokens in" not in terminal.text
        terminal.type("typed meanwhile" + CTRL_C)
        assert "; stopped\n" in terminal.wait("> typed meanwhile")
        assert wait_turns(terminal, folder, 1)[0]["answer"]
        # The program continues, with what was said.
        terminal.type(CTRL_C)
        begin(terminal, "And the harbour?")
        terminal.interrupt()
        assert wait_turns(terminal, folder, 2)[1]["instruction"] == "And the harbour?"
        assert "; stopped" in terminal.wait(READY.search)[-60:]
        terminal.type(CTRL_C)
        terminal.wait(lambda shown: "so does /quit" in shown and READY.search(shown))
        terminal.type(CTRL_D)
        assert terminal.end() == 0


def test_commands_change_the_conversation(folder):
    with open_chat(folder, *SHORT, lines=100) as terminal:
        first = ask(terminal, "Sea?")
        assert "8 tokens in" in first and "cut at 8 tokens: max-new-tokens allows more" in first
        assert "nothing is drawn at temperature 0" in ask(terminal, "/retry")
        assert "temperature 9.0" in ask(terminal, "/temperature 9")
        assert "seed 3" in ask(terminal, "/set seed 3")
        answers = {ask(terminal, "/retry").split("\n8 tokens")[0] for _ in range(3)}
        assert len(answers) == 3
        assert "did you mean '/temperature'?" in ask(terminal, "/temprature 1")
        assert "expected at most 10" in ask(terminal, "/temperature 11")
        assert "system message: Be brief." in ask(terminal, "/system Be brief.")
        ask(terminal, "Quiet?")
        assert "saved as talk.json and talk.md" in ask(terminal, "/save talk").replace("\n", " ")
        assert "taken back: 'Quiet?'; 1 question left" in ask(terminal, "/undo")
        assert "a new conversation" in ask(terminal, "/reset")
        assert "nothing was asked yet" in ask(terminal, "/undo")
        assert "2 questions were asked; the last was 'Quiet?'" in ask(terminal, "/load talk.json")
        assert "base: chatml" in ask(terminal, "/model base")
        terminal.type("/compare al\t\r")
        terminal.wait("alpaca: alpaca, float32 on cpu")
        terminal.type("Given up\r")
        terminal.wait("input>")
        terminal.type(CTRL_C)
        terminal.wait(lambda shown: "instruction>" in shown.rpartition("input>")[2])
        terminal.type("Hello\r")
        terminal.wait(lambda shown: "input>" in shown.rpartition("Hello")[2])
        terminal.type("/quit\r")
        assert wait_turns(terminal, folder, 3)[2]["input"] == "/quit"
        terminal.wait(lambda shown: READY.search(shown.rpartition("input>")[2]))
        terminal.type("/quit\r")
        assert terminal.end() == 0
    saved = read_json(folder / "talk.json")
    assert saved["settings"]["temperature"] == 9 and saved["models"][0]["system"] == "Be brief."
    read = (folder / "talk.md").read_text()
    assert "> System: Be brief." in read and "## 2\n\n> Quiet?" in read


@pytest.mark.parametrize("columns", [40, 120])
def test_any_script_in_a_window_of_any_width(columns, folder):
    words = ["--compare", "base", "--max-new-tokens", "60"]
    with open_chat(folder, *words, columns=columns, lines=80) as terminal:
        shown = ask(terminal, "床前明月光。")
        heads = [line.split() for line in shown.splitlines()]
        if columns == 120:
            assert ["tuned", "│", "base"] in heads
            lines = [line for line in shown.splitlines() if "│" in line]
            assert len({cell_len(line.partition("│")[0]) for line in lines}) == 1
        else:
            assert ["tuned"] in heads and ["base"] in heads and "│" not in shown
        terminal.resize(160 - columns, 80)
        assert ("│" in ask(terminal, "Sea?")) == (columns == 40)
        for text in SEVERAL:
            terminal.type(text + "\r")
        asked = [turn["instruction"] for turn in wait_turns(terminal, folder, 4)]
        assert asked[2:] == SEVERAL


def test_lines_are_edited_pasted_and_brought_back(folder):
    with open_chat(folder, *SHORT) as terminal:
        terminal.type("Sea" + ALT_ENTER + "and harbour\x01\x1b[3~S\r")
        assert wait_turns(terminal, folder, 1)[0]["instruction"] == "Sea\nSnd harbour"
        terminal.type(PASTE.format("one\ntwo\n/help\n\x1b[31m \udcff"))
        terminal.settle(0.3)
        terminal.type("\r")
        assert wait_turns(terminal, folder, 2)[1]["instruction"].startswith("one\ntwo\n/help\n")
        terminal.type(PASTE.format("long " * 4000))
        terminal.type("\r")
        assert len(wait_turns(terminal, folder, 3)[2]["instruction"]) == 20000
        terminal.process.send_signal(signal.SIGKILL)
        terminal.process.wait()
    # What was said and asked outlives the program.
    with open_chat(folder, *SHORT) as terminal:
        assert "3 questions were asked" in ask(terminal, "/load")
        terminal.type(UP + UP)
        terminal.wait(lambda shown: "long long" in shown.rpartition(">")[2])


def test_ctrl_c_while_a_model_is_loaded_ends(folder):
    with Terminal(CHAT, folder, environment=chat_environment()) as terminal:
        terminal.wait("loading tuned …")
        terminal.type(CTRL_C)
        assert terminal.end() == -signal.SIGINT
        assert "Traceback" not in terminal.text


def test_one_question_of_a_person(folder):
    with open_chat(folder, "--once", "--json", *SHORT, columns=1500) as terminal:
        terminal.type("Sea?\r")
        assert terminal.end() == 0
        answer = json.loads(terminal.text.splitlines()[-1])
        assert (answer["question"], answer["tokens"]) == ("Sea?", 8)
