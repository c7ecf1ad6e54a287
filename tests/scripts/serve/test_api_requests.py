"""What a client asks is checked, and what the server would ignore is refused."""

import json

import pytest

from scripts.infer.chat.find import find_model
from scripts.serve.api_fields import Refused
from scripts.serve.api_folder import SEPARATOR, lay_out
from scripts.serve.api_requests import Model, translate
from scripts.study.answer import COLDEST
from tests.support.served_study import FORMATS, write_results

HELLO = [{"role": "user", "content": "Hello!"}]


@pytest.fixture(scope="module")
def models(tiny_model, tmp_path_factory):
    folder = tmp_path_factory.mktemp("served")
    results = write_results(tiny_model, folder / "results")
    found = (find_model(name, results=results) for name in FORMATS)
    return {one.name: Model(lay_out(one, folder / "hub")) for one in found}


def ask(models, model="chatml", messages=HELLO, **more):
    return translate({"model": model, "messages": messages, **more}, True, models)


def complete(models, prompt, model="chatml", **more):
    return translate({"model": model, "prompt": prompt, **more}, False, models)


def test_an_answer_is_greedy_and_fits_the_window_unless_more_is_asked(models):
    found = ask(models)
    length = 512 - found.body["max_tokens"]
    assert 0 < length < 40 and "generation_config" not in found.body and found.stops == ()
    assert ask(models, max_tokens=7).body["max_tokens"] == 7
    assert ask(models, max_completion_tokens=7).body["max_tokens"] == 7
    assert ask(models, temperature=0, top_p=0.5).body.keys() == found.body.keys()
    with pytest.raises(Refused, match=rf"has {length} tokens and 512 new .* is 512$") as error:
        ask(models, max_tokens=512)
    assert error.value.code == "context_length_exceeded"
    with pytest.raises(
        Refused, match="tokens and 1 new ones are asked for; the model's window is 512"
    ):
        ask(models, messages=[{"role": "user", "content": "word " * 5000}])


def test_a_drawn_answer_has_the_models_ends_and_no_other_bound(models):
    body = ask(models, temperature=0.7, seed=3).body
    settings = json.loads(body["generation_config"])
    assert settings["do_sample"] and (settings["temperature"], settings["top_k"]) == (0.7, 0)
    assert settings["top_p"] == 1 and settings["eos_token_id"] == 2 and body["seed"] == 3
    # The server refuses integers, and divides by what is almost nothing.
    for heat, sent in ((2, 2.0), (1e-300, COLDEST)):
        found = json.loads(ask(models, temperature=heat, top_p=1).body["generation_config"])
        assert found["temperature"] == sent and isinstance(found["temperature"], float)
        assert isinstance(found["top_p"], float)
    more = ask(models, temperature=0.7, top_p=0.9, top_k=5).body["generation_config"]
    assert (json.loads(more)["top_p"], json.loads(more)["top_k"]) == (0.9, 5)


def test_stops_are_a_list_and_the_formats_own_end_is_among_them(models):
    assert ask(models, stop="a").stops == ("a",)
    assert ask(models, model="own", stop=["a", "b"]).body["stop"] == ["a", "b", "\n\nQ"]
    assert ask(models, model="own").stops == ("\n\nQ",)


def test_a_system_message_stands_as_in_a_conversation(models):
    messages = [{"role": "system", "content": "Be brief."}, *HELLO]
    assert ask(models, messages=messages).body["messages"] == messages
    (only,) = ask(models, "alpaca", messages).body["messages"]
    assert only == {"role": "user", "content": "Be brief.\n\nHello!"}


def test_an_input_is_a_field_where_the_format_has_one(models):
    messages = [{"role": "user", "content": "Translate.", "input": "sea"}]
    (found,) = ask(models, "alpaca", messages).body["messages"]
    assert found["content"] == f"Translate.{SEPARATOR}sea"
    assert ask(models, messages=messages).body["messages"][0]["content"] == "Translate.\nsea"


def test_parts_of_a_message_are_one_text(models):
    parts = [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]
    body = ask(models, messages=[{"role": "user", "content": parts}]).body
    assert body["messages"] == [{"role": "user", "content": "ab"}]


def test_what_asks_for_nothing_is_taken(models):
    quiet = {
        "n": 1, "logprobs": False, "presence_penalty": 0.0, "frequency_penalty": 0, "user": "me",
        "stream_options": {"include_usage": True}, "tools": None,
        "response_format": {"type": "text"},
    }  # fmt: skip
    assert ask(models, **quiet).body == ask(models).body


TURN = {"role": "assistant", "content": "Yes."}
REFUSED = [
    ({"n": 2}, "n: not supported"),
    ({"logprobs": 0}, "logprobs: not supported"),
    ({"logprobs": True}, "logprobs: not supported"),
    ({"presence_penalty": 0.5}, "presence_penalty: not supported"),
    ({"frequency_penalty": 0.5}, "frequency_penalty: not supported"),
    ({"logit_bias": {"5": 1}}, "logit_bias: not supported"),
    ({"tools": [{}]}, "tools: not supported"),
    ({"response_format": {"type": "json_object"}}, "response_format: not supported"),
    ({"generation_config": "{}"}, "generation_config: not supported"),
    ({"temprature": 1}, "temprature: not supported; did you mean 'temperature'"),
    ({"top_p": 0.5}, "top_p: needs a temperature"),
    ({"top_k": 5}, "top_k: needs a temperature"),
    ({"temperature": 3}, "temperature: found 3, expected a number from 0 to 2"),
    ({"temperature": float("nan")}, "temperature: found nan"),
    ({"temperature": True}, "temperature: found True"),
    ({"top_p": 0, "temperature": 1}, "top_p: found 0"),
    ({"max_tokens": 0}, "max_tokens: found 0, expected a positive integer"),
    ({"max_completion_tokens": "9"}, "max_tokens: found '9'"),
    ({"seed": -1}, "seed: found -1"),
    ({"seed": 2**70}, "seed: found"),
    ({"stop": ""}, "stop: found '', expected"),
    ({"stop": ["a"] * 5}, "stop: found"),
    ({"stream": 1}, "stream: found 1"),
    ({"messages": []}, "messages: expected user and assistant in turns"),
    ({"messages": "Hello"}, "messages: expected a list"),
    ({"messages": [*HELLO, TURN]}, "messages: expected user and assistant in turns"),
    ({"messages": [TURN]}, "messages: expected user and assistant in turns"),
    ({"messages": [{"role": "tool", "content": "x"}]}, "messages: expected user and assistant"),
    ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, "of another type"),
    ({"messages": [{"role": "user"}]}, "messages: found None, expected a text"),
    ({"messages": [{"role": "user", "content": "a", "audio": 1}]}, "audio: not supported"),
    ({"messages": [{"role": "user", "content": "\ud800"}]}, "a code point that no text has"),
    ({"messages": [{"role": "user", "content": "\ufdd0"}]}, "a code point that no text has"),
    ({"messages": [*HELLO, TURN, *HELLO], "model": "brief"}, "the format of brief has no turns"),
    ({"model": "gone"}, "model: 'gone' is not served"),
    ({"model": "/etc"}, "model: '/etc' is not served"),
    ({"model": None}, "model: found none"),
    ({"prompt": "a"}, "prompt: not supported"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "line"), REFUSED, ids=[line for _, line in REFUSED])
def test_a_request_is_refused_in_one_line(body, line, models):
    with pytest.raises(Refused) as error:
        ask(models, **body)
    assert line in str(error.value) and "\n" not in str(error.value)


def test_a_completion_continues_one_text(models):
    assert complete(models, "sea", max_tokens=3).body["prompt"] == "sea"
    assert complete(models, ["sea"]).body["prompt"] == "sea"
    for prompt, line in (
        (["a", "b"], "expected a text"),
        ([1, 2], "expected a text"),
        ("", "none"),
    ):
        with pytest.raises(Refused, match=f"prompt: .*{line}"):
            complete(models, prompt)
    with pytest.raises(Refused, match="max_completion_tokens: not supported"):
        complete(models, "sea", max_completion_tokens=3)
