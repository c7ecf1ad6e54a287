"""Time and memory of learning pieces: byte-level BPE continued, and BPE of SentencePiece.

Both learn as many pieces from the same text with as many processors; each runs as a process of its
own, whose memory is summed over the processes that it starts.

    python -m tests.perf.extend_bpe --base results/models/base --text .cache/perf/chinese.parquet
"""

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from scripts.common.command import run
from scripts.common.files import ROOT
from scripts.study.registry import Registry
from scripts.tokenizer.read_texts import stream_texts

POLL = 0.05  # seconds between looks at the memory
SENTENCEPIECE = """
import sys, sentencepiece
sentencepiece.SentencePieceTrainer.train(
    input=sys.argv[1], model_prefix=sys.argv[2], vocab_size=int(sys.argv[3]), model_type="bpe",
    num_threads=int(sys.argv[4]), byte_fallback=True, character_coverage=0.9995,
    max_sentence_length=1 << 20, split_digits=True, minloglevel=2)
"""


@dataclass(frozen=True)
class Effort:
    """What a process and its children took: wall and processor seconds, MiB at the peak."""

    wall: float
    processor: float
    memory: float


def main(arguments: argparse.Namespace) -> None:
    """Run both and print a table."""
    with tempfile.TemporaryDirectory() as scratch:
        lines = Path(scratch) / "lines.txt"
        with lines.open("w", encoding="utf-8") as stream:
            stream.writelines(f"{line}\n" for line in stream_texts([str(arguments.text)]))
        print(f"{lines.stat().st_size / 1e6:.1f} MB, {arguments.pieces} pieces")
        print(f"{arguments.processes} processes or threads, {os.cpu_count()} processors\n")
        print("| learner | seconds | processor seconds | peak MiB |\n| --- | --- | --- | --- |")
        for name, command in commands(arguments, lines, Path(scratch)).items():
            effort = measure(command)
            print(f"| {name} | {effort.wall:.0f} | {effort.processor:.0f} | {effort.memory:.0f} |")


def commands(arguments: argparse.Namespace, lines: Path, scratch: Path) -> dict[str, list[str]]:
    """Return each contestant's command."""
    characters = Registry().languages[arguments.language]["graft"]
    pieces, processes = str(arguments.pieces), str(arguments.processes)
    ours = [sys.executable, "-m", "scripts.tokenizer.extend_tokenizer"]
    ours += ["--base", str(arguments.base), "--output", str(scratch / "extended")]
    ours += ["--language", f"{arguments.language}={pieces}"]
    ours += ["--graft", f"{arguments.language}={characters}"]
    ours += ["--text", arguments.language, str(arguments.text), "--processes", processes]
    theirs = [sys.executable, "-c", SENTENCEPIECE, str(lines), str(scratch / "pieces")]
    return {"ours, continued": ours, "SentencePiece BPE": [*theirs, pieces, processes]}


def measure(command: list[str]) -> Effort:
    """Run a command to its end and measure it; raise if it fails."""
    before, began = os.times(), time.monotonic()
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL) as process:
        peaks = [0]
        watcher = threading.Thread(target=watch_memory, args=(process, peaks))
        watcher.start()
        process.wait()
        watcher.join()
    after = os.times()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command[:3])
    processor = after.children_user + after.children_system
    processor -= before.children_user + before.children_system
    return Effort(time.monotonic() - began, processor, peaks[0] / 2**20)


def watch_memory(process: subprocess.Popen, peaks: list[int]) -> None:
    """Keep the largest sum of resident bytes of a process and its children in `peaks[0]`."""
    while process.poll() is None:
        try:
            main_process = psutil.Process(process.pid)
            tree = [main_process, *main_process.children(recursive=True)]
            peaks[0] = max(peaks[0], sum(one.memory_info().rss for one in tree))
        except psutil.NoSuchProcess:
            pass  # one of them has ended between two looks
        time.sleep(POLL)


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    command = argparse.ArgumentParser(prog="tests.perf.extend_bpe")
    command.add_argument("--base", type=Path, required=True, help="folder of a byte-level BPE")
    command.add_argument("--text", type=Path, required=True, help="Parquet with a column `text`")
    command.add_argument("--language", default="zh", help="default: zh")
    command.add_argument("--pieces", type=int, default=8000, help="default: 8000")
    command.add_argument("--processes", type=int, default=2, help="default: 2")
    return command


if __name__ == "__main__":
    run(main, parser())
