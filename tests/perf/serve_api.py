"""The API beside the same model in this process: start-up, tokens a second, memory.

python -m tests.perf.serve_api --results results --model x-smollm2-zh
"""

import argparse
import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import psutil

from scripts.common.command import make_parser, run
from scripts.common.files import ROOT
from scripts.common.orphans import die_with_parent
from scripts.infer.chat.conversation import Conversation
from scripts.infer.chat.find import Found, find_model
from scripts.infer.chat.speaker import Settings, Speaker, load_speaker
from tests.support.judge_server import free_port

QUESTION = "Write a story about a boat that comes home late, with as many details as you can."


@contextmanager
def serve(found: Found, results: Path) -> Iterator[tuple[str, psutil.Process]]:
    """Serve a model; yield the address of its chats and the process."""
    port = free_port()
    command = [sys.executable, "-m", "scripts.serve.serve_api", "--results", str(results)]
    command += ["--model", found.name, "--port", str(port)]
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, text=True, preexec_fn=die_with_parent
    )
    try:
        while not process.stdout.readline().startswith("try: "):
            assert process.poll() is None
        yield f"http://127.0.0.1:{port}/v1/chat/completions", psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait()


def ask(url: str, name: str, tokens: int) -> dict:
    """Return the answer to the question."""
    messages = [{"role": "user", "content": QUESTION}]
    body = {"model": name, "messages": messages, "max_tokens": tokens}
    headers = {"content-type": "application/json"}
    request = urllib.request.Request(url, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=100) as answer:
        return json.load(answer)


def compare(url: str, speaker: Speaker, tokens: int, rounds: int) -> None:
    """Ask both in turns; print tokens a second, the ratio, and how many answers are the same."""
    rates: dict[str, list[float]] = {"API": [], "Speaker": []}
    same = 0
    for _ in range(rounds):
        began = time.monotonic()
        answer = ask(url, speaker.name, tokens)
        rates["API"].append(answer["usage"]["completion_tokens"] / (time.monotonic() - began))
        reply = speaker.answer(Conversation().ask(QUESTION), Settings(tokens=tokens))
        rates["Speaker"].append(len(reply.ids) / reply.seconds)
        same += answer["choices"][0]["message"]["content"].strip() == reply.text
    for name, values in rates.items():
        print(f"{name}: {median(values):.1f} tokens/s ({', '.join(f'{v:.1f}' for v in values)})")
    pairs = zip(rates["API"], rates["Speaker"], strict=True)
    print(f"API / Speaker: {median(one / other for one, other in pairs):.2f}")
    print(f"answers of {len(reply.ids)} tokens, the same in {same} of {rounds}")


def main(arguments: argparse.Namespace) -> None:
    """Start the server, ask it, and print what that took."""
    found = find_model(arguments.model, results=arguments.results)
    began = time.monotonic()
    with serve(found, arguments.results) as (url, process):
        ready = time.monotonic() - began
        ask(url, found.name, 1)
        first = time.monotonic() - began
        speaker = load_speaker(found.folder, found.form, found.dtype)
        print(
            f"{found.name}, {speaker.dtype}: {ready:.1f} s to the address, {first:.1f} s to a token"
        )
        compare(url, speaker, arguments.tokens, arguments.rounds)
        parts = [process, *process.children()]
        memory = " + ".join(f"{one.memory_info().rss / 2**30:.2f}" for one in parts)
        print(f"memory: {memory} GiB, the command and the server")


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    options = make_parser("perf.serve_api", __doc__)
    options.add_argument("--results", type=Path, default=Path("results"), help="of the study")
    options.add_argument("--model", help="of the study (its main one)")
    options.add_argument("--tokens", type=int, default=128, help="of an answer (128)")
    options.add_argument("--rounds", type=int, default=5, help="(5)")
    return options


if __name__ == "__main__":
    run(main, parser())
