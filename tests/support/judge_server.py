"""A real OpenAI-compatible server with a real model behind it, and a judge that asks it."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest

from scripts.common.files import ROOT, read_jsonl, write_jsonl
from scripts.score import judge_answers

LACKING = [name for name in ("fastapi", "uvicorn", "openai") if not find_spec(name)]
needs_server = pytest.mark.skipif(bool(LACKING), reason=f"transformers serve needs {LACKING}")


def free_port() -> int:
    """Return a port of this machine that nobody listens at."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@contextmanager
def serve(folder: Path, *options: str | Path) -> Iterator[str]:
    """Run `serve_api` on a free port; yield its address, its lines in `folder`."""
    port = free_port()
    command = [sys.executable, "-m", "scripts.serve.serve_api", "--port", str(port)]
    command += ["--dtype", "float32", *map(str, options)]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    with (folder / "serve.log").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=environment, cwd=ROOT)
        try:
            wait_for(folder / "serve.log", process)
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            process.terminate()
            process.wait()


def wait_for(log: Path, process: subprocess.Popen) -> None:
    """Return once the server says where it is."""
    deadline = time.monotonic() + 120
    while "address: " not in log.read_text():
        assert process.poll() is None and time.monotonic() < deadline, log.read_text()
        time.sleep(0.2)


def judge(server: str, model: str, folder: Path, records: list[dict], tokens: int) -> list[dict]:
    """Let the server's model judge two systems' answers to `records`; return its judgements."""
    for name in ("model", "base"):
        answers = [record | {"prediction": record[name]} for record in records]
        write_jsonl(folder / f"{name}.jsonl", answers)
    options = [
        *("--predictions", folder / "model.jsonl", "--model", "model"),
        *("--baseline", folder / "base.jsonl", "--baseline-name", "base"),
        *("--benchmark", "open_en", "--base-url", server, "--judge", model),
        *("--no-language-check", "--max-tokens", tokens),
        *("--output", folder / "judgements.jsonl"),
    ]
    judge_answers.main(judge_answers.parser().parse_args(list(map(str, options))))
    return read_jsonl(folder / "judgements.jsonl")


def check_reviews(judgements: list[dict]) -> None:
    """Assert that both orders of every question have a reply, with scores or a reason for none."""
    for record in judgements:
        assert [review["first"] for review in record["reviews"]] == ["model", "baseline"]
        for review in record["reviews"]:
            assert isinstance(review["text"], str)
            assert (review["scores"] is None) == (review["reason"] is not None)
