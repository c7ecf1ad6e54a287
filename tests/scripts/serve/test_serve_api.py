"""The API as its users see it: by the openai client, by curl's means, and by a judge."""

import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import openai
import pytest
import requests
from safetensors.numpy import load_file, save_file

from scripts.common.command import parse_each
from scripts.common.errors import InputError
from scripts.common.files import ROOT, read_jsonl, write_json, write_jsonl
from scripts.infer import generate
from scripts.infer.chat.conversation import Conversation, Turn
from scripts.infer.chat.find import find_model
from scripts.infer.chat.speaker import Settings, load_speaker
from scripts.serve import serve_api
from tests.support import judge_server
from tests.support.hostile import COMMANDS, HOSTILE
from tests.support.served_study import FORMATS, write_results

pytestmark = judge_server.needs_server
TOKENS, WINDOW = 12, 2048
QUESTIONS = [
    ("Translate from English to Chinese.", "The harbour was quiet."),
    ("Is <|im_end|> a word?", ""),
    ("床前明月光，疑是地上霜。", ""),
]


@pytest.fixture(scope="module")
def results(tiny_model, tmp_path_factory):
    return write_results(tiny_model, tmp_path_factory.mktemp("served") / "results", WINDOW)


@pytest.fixture(scope="module")
def damaged(tiny_model, results):
    """A model whose file of weights is whole and lacks one of them."""
    folder = results / "models/damaged"
    shutil.copytree(tiny_model, folder)
    weights = load_file(folder / "model.safetensors")
    del weights["model.norm.weight"]
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    write_json(folder / "stage.json", {"model": "damaged", "data": {"format": "brief"}})
    return folder


@pytest.fixture(scope="module")
def server(results, damaged):
    with judge_server.serve(results.parent, "--results", results) as url:
        yield url


@pytest.fixture(scope="module")
def client(server):
    return openai.OpenAI(base_url=server, api_key="none", max_retries=0)


def ask(client, model="chatml", question="Hello!", **more):
    """Return what a model answers, asked once."""
    more = {"max_tokens": TOKENS, **more}
    message = question if isinstance(question, dict) else {"content": question}
    messages = [{"role": "user", **message}]
    return client.chat.completions.create(model=model, messages=messages, **more)


def test_it_lists_the_studys_models(client):
    assert [one.id for one in client.models.list()] == [*FORMATS, "damaged"]


@pytest.mark.parametrize("name", FORMATS)
def test_greedy_answers_are_those_of_a_benchmark(name, client, results, tmp_path):
    records = [
        {"id": str(n), "task": "answer", "instruction": asked, "input": given, "references": ["a"]}
        for n, (asked, given) in enumerate(QUESTIONS)
    ]
    write_jsonl(tmp_path / "sea_en.jsonl", records)
    command = ["--model", results / "models" / name, "--benchmark", tmp_path / "sea_en.jsonl"]
    command += ["--output", tmp_path / "out.jsonl", "--format", FORMATS[name], "--batch-size", 1]
    command += ["--max-new-tokens", TOKENS, "--dtype", "float32"]
    (arguments,) = parse_each(generate.parser(), list(map(str, command)))
    generate.main(arguments)
    for record in read_jsonl(tmp_path / "out.jsonl"):
        message = {"content": record["instruction"], "input": record["input"]}
        found = ask(client, name, message)
        assert found.choices[0].message.content.strip() == record["prediction"]
        assert found.usage.completion_tokens == record["tokens"]
        assert found.model == name
        if name == "raw":
            text = "\n".join(filter(None, [record["instruction"], record["input"]]))
            same = client.completions.create(model=name, prompt=text, max_tokens=TOKENS)
            assert same.choices[0].text.strip() == record["prediction"]
            assert same.usage == found.usage


def test_a_conversation_is_answered_as_in_the_terminal(client, results):
    found = find_model("chatml", results=results)
    speaker = load_speaker(found.folder, found.form, "float32")
    talk = Conversation((Turn("Sea?", "", "Quiet."), Turn("And now?")), "Be brief.")
    expected = speaker.answer(talk, Settings(tokens=TOKENS))
    messages = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Sea?"},
        {"role": "assistant", "content": "Quiet."},
        {"role": "user", "content": "And now?"},
    ]
    answer = client.chat.completions.create(model="chatml", messages=messages, max_tokens=TOKENS)
    assert answer.choices[0].message.content.strip() == expected.text
    assert answer.usage.prompt_tokens == len(expected.prompt.ids)
    assert answer.usage.completion_tokens == len(expected.ids)


def test_a_stream_has_the_same_text(client):
    whole = ask(client)
    pieces = list(ask(client, stream=True, stream_options={"include_usage": True}))
    texts = [one.choices[0].delta.content or "" for one in pieces]
    assert "".join(texts) == whole.choices[0].message.content
    assert sum(map(bool, texts)) > 1
    assert pieces[-1].choices[0].finish_reason == whole.choices[0].finish_reason == "length"
    assert pieces[-1].usage == whole.usage
    same = client.completions.create(model="raw", prompt="Sea", max_tokens=TOKENS)
    parts = client.completions.create(model="raw", prompt="Sea", max_tokens=TOKENS, stream=True)
    assert "".join(one.choices[0].text for one in parts) == same.choices[0].text


@pytest.mark.parametrize("stream", [False, True])
def test_an_answer_ends_before_a_stop(stream, client):
    whole = ask(client).choices[0].message.content
    place = next(n for n in range(4, len(whole)) if whole[n].isascii() and whole[n].isprintable())
    stop = whole[place : place + 2]
    found = ask(client, stop=[stop], stream=stream)
    if stream:
        pieces = list(found)
        text = "".join(one.choices[0].delta.content or "" for one in pieces)
        assert pieces[-1].choices[0].finish_reason == "stop"
        assert pieces[-1].usage.completion_tokens < TOKENS
    else:
        text = found.choices[0].message.content
        assert found.choices[0].finish_reason == "stop"
        assert found.usage.completion_tokens < TOKENS
    assert text == whole[: whole.index(stop)]


def test_a_drawn_answer_depends_on_its_seed(client):
    def draw(**more):
        return ask(client, temperature=1.5, **more).choices[0].message.content

    greedy = ask(client).choices[0].message.content
    assert draw(seed=1) == draw(seed=1) != draw(seed=2) != greedy
    # Of one token there is no choice.
    assert draw(seed=1, extra_body={"top_k": 1}) == greedy
    assert draw(seed=1, top_p=1e-6) == greedy
    assert ask(client, temperature=0, seed=1).choices[0].message.content == greedy


def test_what_is_not_supported_is_refused(client, server):
    for more, line in (({"n": 2}, "n: not supported"), ({"logprobs": True}, "logprobs: not")):
        with pytest.raises(openai.BadRequestError, match=line):
            ask(client, **more)
    with pytest.raises(openai.NotFoundError, match="'gone' is not served"):
        ask(client, "gone")
    with pytest.raises(openai.BadRequestError, match="the model's window is 2048"):
        ask(client, max_tokens=2040)
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("chatml/..")
    for path in ("load_model", "reset", "v1/responses"):
        found = requests.post(
            f"{server.removesuffix('v1')}{path}", json={"model": "/etc"}, timeout=9
        )
        assert found.status_code == 404


def test_weights_that_are_missing_are_told_and_not_drawn(client):
    with pytest.raises(openai.InternalServerError, match=r"the weights lack model\.norm\.weight"):
        ask(client, "damaged")
    assert ask(client).usage.completion_tokens == TOKENS


def test_one_model_judges_anothers_answers(server, tmp_path):
    records = [
        {"id": str(n), "instruction": "Sum.", "model": f"model {n}", "base": f"base {n}"}
        for n in range(2)
    ]
    found = judge_server.judge(server, "alpaca", tmp_path, records, tokens=8)
    judge_server.check_reviews(found)
    assert all(review["text"] for record in found for review in record["reviews"])


def start(results: Path, log: Path, *options: str) -> tuple[subprocess.Popen, int]:
    """Start the command; return it, once it serves, and its port."""
    port = judge_server.free_port()
    command = [sys.executable, "-m", "scripts.serve.serve_api", "--results", str(results)]
    environment = os.environ | {"TMPDIR": str(log.parent)}
    process = subprocess.Popen(
        [*command, "--port", str(port), *options], cwd=ROOT, env=environment,
        stdout=log.open("w"), stderr=subprocess.STDOUT, start_new_session=True,
    )  # fmt: skip
    judge_server.wait_for(log, process)
    return process, port


def is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_ctrl_c_ends_both_processes_and_leaves_nothing(results, tmp_path):
    process, port = start(results, tmp_path / "log", "--model", "chatml")
    assert f"http://127.0.0.1:{port}/v1" in (tmp_path / "log").read_text()
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(30) == 0
    assert not is_open(port)
    assert [path.name for path in tmp_path.iterdir()] == ["log"]
    assert "Traceback" not in (tmp_path / "log").read_text()


def test_the_server_ends_with_its_parent(results, tmp_path):
    process, port = start(results, tmp_path / "log", "--model", "chatml")
    process.kill()
    process.wait()
    deadline = time.monotonic() + 10
    while is_open(port) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not is_open(port)


def run(*options: object) -> None:
    """Run the command in this process, up to where it would start a server."""
    serve_api.main(serve_api.parser().parse_args(list(map(str, options))))


def test_mistakes_are_one_line(results, monkeypatch, tmp_path):
    monkeypatch.setattr(serve_api, "serve", lambda *_: pytest.fail("started"))
    monkeypatch.delenv(serve_api.PASSWORD, raising=False)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(InputError, match=f"--port {port}: in use"):
            run("--results", results, "--port", port)
    port = judge_server.free_port()
    here = ["--results", results, "--port", port]
    with pytest.raises(InputError, match=r"--host 0.0.0.0: others could reach it; set a password"):
        run(*here, "--host", "0.0.0.0")
    with pytest.raises(InputError, match="no such model is built; did you mean 'chatml'"):
        run(*here, "--model", "chatm")
    with pytest.raises(InputError, match="no model is built; run `make` first"):
        run("--results", tmp_path, "--port", port)
    with pytest.raises(InputError, match="two models are called raw"):
        run(*here, "--model", "raw", results / "models/raw")
    with pytest.raises(InputError, match="--engine vllm: not installed"):
        run(*here, "--engine", "vllm")
    monkeypatch.setattr(serve_api, "find_spec", lambda name: None)
    with pytest.raises(InputError, match="fastapi, uvicorn: not installed; run `make api`"):
        run(*here)


def test_a_model_that_cannot_be_served_is_left_out_unless_it_is_named(
    results, monkeypatch, tmp_path, capsys
):
    other = tmp_path / "results"
    shutil.copytree(results, other)
    (other / "models/raw/model.safetensors").unlink()
    told = []
    monkeypatch.setattr(serve_api, "serve", lambda *given: told.append(given))
    here = ["--results", other, "--port", judge_server.free_port()]
    run(*here)
    assert "raw" not in told[0][-1] and "billa" in told[0][-1]
    assert re.search(r"left out: .*raw: found no \*.safetensors", capsys.readouterr().err)
    with pytest.raises(InputError, match=r"raw: found no \*.safetensors"):
        run(*here, "--model", "raw", "billa")


def test_a_password_lets_others_in(results, monkeypatch):
    told = []
    monkeypatch.setattr(serve_api, "serve", lambda *given: told.append(given))
    monkeypatch.setenv(serve_api.PASSWORD, "secret")
    port = judge_server.free_port()
    run("--results", results, "--host", "0.0.0.0", "--port", port, "--model", "raw")
    command, variables = told[0][:2]
    assert "secret" not in str(command) + str(variables)
    assert "Bearer $LINGRAFT_PASSWORD" in serve_api.describe("http://h", ["raw"], True)


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_told_of_a_model_is_a_line_and_one_command_of_a_shell(name):
    """Its name is its folder's."""
    told = serve_api.describe("http://h", [HOSTILE[name], "'; ls '"], False)
    assert len(told.splitlines()) == 3 and not COMMANDS.search(told.replace("\n", ""))
    *_, body = shlex.split(told.partition("try: ")[2])
    assert json.loads(body)["model"] == HOSTILE[name]
