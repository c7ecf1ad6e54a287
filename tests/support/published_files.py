"""Files of the mirror that metrics are checked on; tests skip where there is no mirror."""

import csv
import json
import os
from pathlib import Path

import pytest

GITHUB = Path(os.environ.get("LINGRAFT_MIRROR", "/nonexistent")) / "raw.githubusercontent.com"
needs_mirror = pytest.mark.skipif(not GITHUB.is_dir(), reason="needs $LINGRAFT_MIRROR")


def find(pattern: str) -> Path:
    """Return the one file of GitHub's that a pattern of its address means."""
    (path,) = GITHUB.glob(pattern)
    return path


def read_lines(pattern: str) -> list[str]:
    return find(pattern).read_text(encoding="utf-8").split("\n")[:-1]


def read_json_lines(pattern: str) -> list[dict]:
    return [json.loads(line) for line in read_lines(pattern)]


def read_tsv(pattern: str) -> list[list[str]]:
    with find(pattern).open(encoding="utf-8", newline="") as stream:
        return list(csv.reader(stream, delimiter="\t", quoting=csv.QUOTE_NONE))


def read_xquad(language: str) -> list[dict]:
    """XQuAD's questions with context and answers."""
    content = json.loads(find(f"google-deepmind/xquad/*/xquad.{language}.json").read_text())
    paragraphs = [part for article in content["data"] for part in article["paragraphs"]]
    return [
        {"id": question["id"], "context": paragraph["context"], "references": answers}
        for paragraph in paragraphs
        for question in paragraph["qas"]
        for answers in [[answer["text"].strip() for answer in question["answers"]]]
    ]


def read_mcts(part: str) -> tuple[list[str], list[list[str]]]:
    """MCTS's sources, and its five lists of references."""
    folder = "blcuicall/mcts/*/dataset/mcts."
    references = [read_lines(f"{folder}{part}.simp.{number}") for number in range(5)]
    return read_lines(f"{folder}{part}.orig"), references
