"""A model that is talked to answers as it answers benchmarks, and can be interrupted."""

from itertools import pairwise

import pytest

from scripts.common.errors import InputError
from scripts.common.files import read_jsonl, write_jsonl
from scripts.infer import generate
from scripts.infer.chat.conversation import Conversation
from scripts.infer.chat.speaker import Settings, load_speaker
from scripts.infer.chat.streaming import Stream
from scripts.study.answer import Answer
from scripts.study.prompts import get_format

QUESTIONS = ["Translate from English to Chinese.", "床前明月光", "Which word is closest?", "Sea."]
WAYS = [Answer(), Answer(temperature=0.7, top_p=0.9), Answer(beams=2), Answer(stop=("a",))]


@pytest.fixture(scope="module")
def speaker(tiny_model):
    return load_speaker(tiny_model, get_format("chatml"), "float32")


def talk(text):
    return Conversation().ask(text)


@pytest.mark.parametrize("answer", WAYS, ids=["greedy", "drawn", "beams", "stopped"])
@pytest.mark.parametrize("name", ["chatml", "alpaca", "brief"])
def test_answers_are_a_benchmarks(name, answer, tiny_model, tmp_path):
    records = [
        {"id": f"r{n}", "task": "open", "instruction": text, "input": ""}
        for n, text in enumerate(QUESTIONS)
    ]
    write_jsonl(tmp_path / "asked_en.jsonl", records)
    output = tmp_path / "predictions.jsonl"
    words = [
        *("--model", tiny_model, "--benchmark", tmp_path / "asked_en.jsonl", "--format", name),
        *("--output", output, "--dtype", "float32", "--max-new-tokens", 24, "--seed", 5),
    ]
    arguments = generate.parser().parse_args(list(map(str, words)))
    arguments.answer = answer
    generate.main(arguments)
    speaker = load_speaker(tiny_model, get_format(name), "float32")
    settings = Settings(answer, tokens=24, seed=5)
    for row in read_jsonl(output):
        found = speaker.answer(talk(row["instruction"]), settings, name=row["id"])
        assert (found.text, len(found.ids)) == (row["prediction"], row["tokens"])


def test_the_text_grows_and_ends_as_the_reply(speaker):
    told = []
    reply = speaker.answer(talk("床前明月光"), Settings(tokens=40), told.append)
    assert told[-1] == reply.text and len(told) > 3
    assert all(later.startswith(earlier) for earlier, later in pairwise(told))
    assert not any(text.endswith("\ufffd") for text in told[:-1])
    assert 0 < reply.waited <= reply.seconds


@pytest.mark.parametrize("answer", [Answer(), Answer(beams=2)], ids=["greedy", "beams"])
def test_an_answer_that_is_not_wanted_any_more_ends(answer, speaker):
    asked = []

    def wanted():
        asked.append(1)
        return len(asked) < 5

    reply = speaker.answer(talk("Sea."), Settings(answer, tokens=200), wanted=wanted)
    assert reply.ending == "stopped" and len(reply.ids) <= 6


def test_an_answer_that_takes_too_long_ends(speaker):
    reply = speaker.answer(talk("Sea."), Settings(tokens=400, seconds=0.0))
    assert reply.ending == "stopped" and len(reply.ids) == 1


def test_no_room_for_a_question_is_refused(speaker):
    with pytest.raises(InputError, match="512 new tokens leave no room in a window of 512"):
        speaker.answer(talk("Sea."), Settings(tokens=512))


def test_what_may_close_an_answer_is_held_back(speaker):
    stream = Stream(speaker.tokenizer, "<|im_end|>", 8, ("\nHuman:",))
    assert stream.hold_back("Yes. \nHum") == "Yes."
    assert stream.hold_back("Yes\ufffd\ufffd") == "Yes"
    assert stream.hold_back("a < b") == "a < b"
