"""Time and memory of learning pieces: byte-level BPE continued, and BPE of SentencePiece.

All learn as many pieces from the same text with as many processors, in turns; each runs as a
process of its own, whose memory is summed over the processes that it starts. `--before` adds
another checkout of lingraft, which must learn the same tokenizer; `--bpe-continue` the command of
that package on PyPI, once, for it takes minutes.

    python -m tests.perf.extend_bpe --base results/models/base --text .cache/perf/chinese.parquet
    python -m tests.perf.extend_bpe --base … --text … --turns 3 --before ../checkout
"""

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import astuple, dataclass
from pathlib import Path

import psutil

from scripts.common.command import run
from scripts.common.errors import InputError
from scripts.common.files import ROOT
from scripts.study.registry import Registry
from scripts.tokenizer.byte_level import vocabulary_size
from scripts.tokenizer.read_texts import stream_texts
from scripts.tokenizer.tokenizer_kind import read_bpe
from tests.perf.table import spread

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


@dataclass(frozen=True)
class Learner:
    """A command, and the folder it runs in."""

    command: list[str]
    folder: Path = ROOT
    turns: int | None = None


def main(arguments: argparse.Namespace) -> None:
    """Run all in turns and print a table."""
    with tempfile.TemporaryDirectory() as scratch:
        lines = Path(scratch) / "lines.txt"
        with lines.open("w", encoding="utf-8") as stream:
            stream.writelines(f"{line}\n" for line in stream_texts([str(arguments.text)]))
        print(f"{lines.stat().st_size / 1e6:.1f} MB, {arguments.pieces} pieces")
        print(f"{arguments.processes} processes or threads, {os.cpu_count()} processors\n")
        learners = find_learners(arguments, lines, Path(scratch))
        efforts: dict[str, list[Effort]] = {name: [] for name in learners}
        for turn in range(arguments.turns):
            for name, learner in learners.items():
                if turn < (learner.turns or arguments.turns):
                    efforts[name].append(measure(learner, arguments.processes))
        check_same(Path(scratch))
        print("| learner | seconds | processor seconds | peak MiB |\n| --- | --- | --- | --- |")
        for name, found in efforts.items():
            columns = zip(*map(astuple, found), strict=True)
            print(f"| {name} | {' | '.join(spread(list(column), 0) for column in columns)} |")


def find_learners(arguments: argparse.Namespace, lines: Path, scratch: Path) -> dict[str, Learner]:
    """Return each contestant's command."""
    characters = Registry().languages[arguments.language]["graft"]
    pieces, processes = str(arguments.pieces), str(arguments.processes)
    base, text = arguments.base.resolve(), arguments.text.resolve()
    ours = [sys.executable, "-m", "scripts.tokenizer.extend_tokenizer", "--base", str(base)]
    ours += ["--language", f"{arguments.language}={pieces}"]
    ours += ["--graft", f"{arguments.language}={characters}"]
    ours += ["--text", arguments.language, str(text), "--processes", processes, "--output"]
    theirs = [sys.executable, "-c", SENTENCEPIECE, str(lines), str(scratch / "pieces")]
    learners = {"ours, continued": Learner([*ours, str(scratch / "extended")])}
    if arguments.before:
        learners["ours, before"] = Learner([*ours, str(scratch / "before")], arguments.before)
    learners["SentencePiece BPE"] = Learner([*theirs, pieces, processes])
    if arguments.bpe_continue:
        size = str(vocabulary_size(read_bpe(base)) + arguments.pieces)
        command = [str(arguments.bpe_continue.absolute()), str(base / "tokenizer.json")]
        command += [str(scratch / "continued.json"), str(lines), "--vocab-size", size]
        learners["bpe-continue"] = Learner(command, turns=1)
    return learners


def check_same(scratch: Path) -> None:
    """Raise where the two versions have not learned the same."""
    ours, before = scratch / "extended", scratch / "before"
    if before.is_dir() and any(
        (ours / name).read_bytes() != (before / name).read_bytes()
        for name in ("tokenizer.json", "extension.json")
    ):
        raise InputError("the tokenizer is not that of --before")


def measure(learner: Learner, threads: int) -> Effort:
    """Run a command to its end and measure it; raise if it fails."""
    before, began = os.times(), time.monotonic()
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    settings = os.environ | {"RAYON_NUM_THREADS": str(threads)}
    with subprocess.Popen(learner.command, cwd=learner.folder, env=settings, **quiet) as process:
        peaks = [0]
        watcher = threading.Thread(target=watch_memory, args=(process, peaks))
        watcher.start()
        process.wait()
        watcher.join()
    after = os.times()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, learner.command[:3])
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
    command.add_argument("--turns", type=int, default=1, help="default: 1")
    command.add_argument("--before", type=Path, help="another checkout of lingraft")
    command.add_argument("--bpe-continue", type=Path, help="the command `bpe-continue`")
    return command


if __name__ == "__main__":
    run(main, parser())
