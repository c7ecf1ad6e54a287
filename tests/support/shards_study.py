"""A study whose data set is cleaned by several jobs: pairs, of which a part is to be dropped."""

import random
from pathlib import Path
from typing import Any

NAME = "pairs_en-zh"
STUDY: dict[str, Any] = {
    "name": "cleaning",
    "base": {"from": "tiny-base", "format": "chatml"},
    "sources": {NAME: {"url": "pairs"}},
    "clean": {NAME: {"language": 0.2, "length_ratio": 4, "near_duplicates": 0.8}},
    "recipes": {
        "instruct": {
            "objective": "response", "length": 64, "batch": 4, "steps": 2, "learning_rate": 1.0e-3,
        },
    },
    "models": {"tuned": {"from": "base", "recipe": "instruct", "data": NAME}},
    "main": "tuned",
    "benchmarks": {"gloss_zh": {"limit": 4}},
}  # fmt: skip
CORPUS = Path(f"results/corpora/{NAME}.parquet")
CLEAN = Path(f"results/clean/{NAME}.parquet")
CHECK = Path(f"results/checks/{NAME}.json")
COUNT, FILES = 3000, 3
WORDS = "the a harbour was quiet last night and nobody from our old town had heard them".split()  # noqa: SIM905
LETTERS = "把这句话翻译成英文今天的天气很好我们去公园散步吧床前明月光疑是地上霜面包发起来"


def make_pairs(folder: Path) -> Path:
    """Write pairs, half of which are in the wrong language or have sides that do not fit."""
    draw = random.Random(1)
    (folder / "pairs").mkdir()
    for file in range(FILES):
        with (folder / f"pairs/{file}.tsv").open("w", encoding="utf-8") as stream:
            stream.write("source\ttarget\n")
            for number in range(file * COUNT // FILES, (file + 1) * COUNT // FILES):
                english = f"When the boat came home, {' '.join(draw.choices(WORDS, k=12))}."
                chinese = f"船回到家的时候，{''.join(draw.choices(LETTERS, k=20))}。"
                wrong = number % 4
                source = chinese if wrong == 1 else english
                stream.write(f"{source}\t{'船' if wrong == 2 else chinese}\n")
                if number % 100 == 0:
                    stream.write(f"{source}!!\t{chinese}\n")
    return folder


def shards_study(shards: int) -> dict[str, Any]:
    """Return the study with so many shards; 0: without cleaning."""
    clean = {name: {**asked, "shards": shards} for name, asked in STUDY["clean"].items()}
    return STUDY | {"clean": clean if shards else {}}


def made(folder: Path) -> list[bytes]:
    """Return the corpus, the clean corpus and what was found in it."""
    return [(folder / path).read_bytes() for path in (CORPUS, CLEAN, CHECK)]
