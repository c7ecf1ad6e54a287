"""A conversation's prompt has the ids that training and benchmarks have."""

import json

import pytest

from scripts.infer.chat.conversation import (
    Conversation,
    Turn,
    encode_conversation,
    takes_input,
    takes_turns,
)
from scripts.infer.load import load_model
from scripts.infer.prompts import encode_prompts
from scripts.infer.record_text import record_tokenizer
from scripts.pack.conversations import word_dialogue
from scripts.pack.turns import encode_turns
from scripts.study.prompts import get_format, load_prompts

LONG = 10_000


@pytest.fixture(scope="module")
def tokenizer(tiny_model):
    return load_model(tiny_model, "float32")[1]


def ids_of(conversation, name, tokenizer, room=LONG):
    form, reader = get_format(name), record_tokenizer(tokenizer)
    end = reader.hide(form.end.replace("{eos}", tokenizer.eos_token))
    return encode_conversation(conversation, form.reworded(reader.hide), end, reader, room)


@pytest.mark.parametrize("given", ["", "The harbour was quiet."])
@pytest.mark.parametrize("name", load_prompts("formats"))
def test_one_question_has_a_benchmarks_ids(name, given, tokenizer):
    record = {"id": "1", "instruction": "Is <|im_end|> a word?", "input": given}
    asked = encode_prompts([record], get_format(name), tokenizer, LONG)
    found = ids_of(Conversation().ask(record["instruction"], given), name, tokenizer)
    assert found.ids == asked.ids[0]
    assert (found.dropped, found.cut) == (0, False)


@pytest.mark.parametrize("system", ["", "Be brief {query}."])
@pytest.mark.parametrize("name", ["chatml", "billa", "alpaca"])
def test_turns_have_the_ids_of_training(name, system, tokenizer):
    texts = ["Sea?", "Quiet.", "{query} <|im_end|>", "A boat.", "床前?"]
    messages = [
        {"role": ("user", "assistant")[number % 2], "content": text}
        for number, text in enumerate(texts)
    ]
    if system:
        messages = [{"role": "system", "content": system}, *messages]
    form, reader = get_format(name), record_tokenizer(tokenizer)
    end = reader.hide(form.end.replace("{eos}", tokenizer.eos_token))
    talk = word_dialogue(messages, form.reworded(reader.hide))
    (expected,) = encode_turns([talk], end, reader)
    turns = (Turn(texts[0], "", texts[1]), Turn(texts[2], "", texts[3]), Turn(texts[4]))
    assert ids_of(Conversation(turns, system), name, tokenizer).ids == expected.ask()


def test_a_format_without_turns_asks_the_last_question_alone(tokenizer):
    talk = Conversation((Turn("One?", "", "1"), Turn("Two?")))
    assert ids_of(talk, "brief", tokenizer) == ids_of(
        Conversation().ask("Two?"), "brief", tokenizer
    )


def test_what_is_too_long_loses_its_first_turns_then_the_beginning_of_its_question(tokenizer):
    talk = Conversation((Turn("a " * 40, "", "b"), Turn("c?", "", "d"), Turn("e?")), "Be brief.")
    whole = ids_of(talk, "chatml", tokenizer)
    shorter = ids_of(talk, "chatml", tokenizer, len(whole.ids) - 1)
    assert shorter.dropped == 1 and not shorter.cut
    assert shorter.ids == ids_of(Conversation(talk.turns[1:], "Be brief."), "chatml", tokenizer).ids
    long = Conversation().ask("a " * 40 + "last words")
    cut = ids_of(long, "chatml", tokenizer, 40)
    assert cut.cut and len(cut.ids) <= 40
    text = tokenizer.decode(cut.ids)
    assert "last words" in text and text.endswith("assistant\n")


def test_what_a_format_takes():
    assert [name for name in load_prompts("formats") if takes_input(get_format(name))] == ["alpaca"]
    turns = [name for name in load_prompts("formats") if takes_turns(get_format(name))]
    assert turns == ["chatml", "billa", "alpaca"]
    own = json.dumps({"prompt": "Q: {query}\nA:", "end": "\n"})
    assert not takes_turns(get_format(own))
