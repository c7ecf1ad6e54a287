"""The judge of a real OpenAI-compatible server: transformers' own, with a real model behind it."""

import os
import shutil
import socket
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import pytest
import requests

from scripts.common.files import read_jsonl, write_jsonl
from scripts.score import judge_answers
from scripts.score.judging.judgements import count_failures

CHAT = "{% for message in messages %}{{ message['content'] }}\n{% endfor %}"
LACKING = [name for name in ("fastapi", "uvicorn", "openai") if not find_spec(name)]
pytestmark = pytest.mark.skipif(bool(LACKING), reason=f"transformers serve needs {LACKING}")


@pytest.fixture(scope="module")
def model(tiny_model, tmp_path_factory) -> Path:
    """The folder of the judge: $LINGRAFT_JUDGE (such as SmolLM2), or a random tiny LLaMA."""
    if "LINGRAFT_JUDGE" in os.environ:
        return Path(os.environ["LINGRAFT_JUDGE"])
    folder = tmp_path_factory.mktemp("judge") / "model"
    shutil.copytree(tiny_model, folder)
    (folder / "chat_template.jinja").write_text(CHAT)
    return folder


@pytest.fixture(scope="module")
def server(model, tmp_path_factory):
    """Start `transformers serve` on a free port and return its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    program = Path(sys.executable).with_name("transformers")
    options = ["--host", "127.0.0.1", "--port", str(port), "--device", "cpu"]
    log = (tmp_path_factory.mktemp("serve") / "log").open("w")
    environment = os.environ | {"HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(
        [program, "serve", model, *options], stdout=log, stderr=log, env=environment
    )
    try:
        wait_for(f"http://127.0.0.1:{port}", process)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        process.terminate()
        process.wait()


def wait_for(url: str, process: subprocess.Popen) -> None:
    """Return once the server answers."""
    deadline = time.monotonic() + 120
    while True:
        assert process.poll() is None and time.monotonic() < deadline
        try:
            if requests.get(f"{url}/health", timeout=2).ok:
                return
        except requests.ConnectionError:
            time.sleep(0.2)


def test_replies_of_a_model_that_cannot_judge_are_failures_and_no_scores(server, model, tmp_path):
    for name in ("model", "base"):
        records = [
            {"id": str(n), "instruction": "Sum.", "prediction": f"{name} {n}"} for n in range(2)
        ]
        write_jsonl(tmp_path / f"{name}.jsonl", records)
    output = tmp_path / "judgements.jsonl"
    options = [
        *("--predictions", tmp_path / "model.jsonl", "--model", "model"),
        *("--baseline", tmp_path / "base.jsonl", "--baseline-name", "base"),
        *("--benchmark", "open_en", "--base-url", server, "--judge", model),
        *("--no-language-check", "--max-tokens", 8, "--output", output),
    ]
    judge_answers.main(judge_answers.parser().parse_args(list(map(str, options))))
    found = read_jsonl(output)
    reviews = [review for record in found for review in record["reviews"]]
    assert len(reviews) == 4
    for review in reviews:
        assert (review["scores"] is None) == (review["reason"] is not None)
        assert isinstance(review["text"], str)
    assert sum(count_failures(found).values()) == sum(one["scores"] is None for one in reviews)
