"""A data set that is cleaned by one job or by eight, in one go or killed, is the same bytes."""

import os
import random
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest
import yaml

from scripts.common.files import read_json
from tests.support import own_study
from tests.support.tiny_study import prepare_folder

STUDY = {
    "name": "cleaning",
    "base": {"from": "tiny-base", "format": "chatml"},
    "sources": {"pairs_en-zh": {"url": "pairs"}},
    "clean": {"pairs_en-zh": {"language": 0.2, "length_ratio": 4, "near_duplicates": 0.8}},
    "recipes": {
        "instruct": {
            "objective": "response", "length": 64, "batch": 4, "steps": 2, "learning_rate": 1.0e-3,
        },
    },
    "models": {"tuned": {"from": "base", "recipe": "instruct", "data": "pairs_en-zh"}},
    "main": "tuned",
    "benchmarks": {"gloss_zh": {"limit": 4}},
}  # fmt: skip
CORPUS = Path("results/corpora/pairs_en-zh.parquet")
CLEAN = Path("results/clean/pairs_en-zh.parquet")
CHECK = Path("results/checks/pairs_en-zh.json")
COUNT, FILES = 3000, 3
WORDS = "the a harbour was quiet last night and nobody from our old town had heard them".split()  # noqa: SIM905
LETTERS = "把这句话翻译成英文今天的天气很好我们去公园散步吧床前明月光疑是地上霜面包发起来"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A study of pairs, half of which are in the wrong language or have sides that do not fit."""
    draw = random.Random(1)
    folder = prepare_folder(tmp_path_factory.mktemp("clean"))
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


def write_study(folder: Path, shards: int) -> str:
    """Write the study with so many shards, 0: without cleaning; return its file's name."""
    clean = {name: {**asked, "shards": shards} for name, asked in STUDY["clean"].items()}
    study = yaml.safe_dump({**STUDY, "clean": clean if shards else {}}, sort_keys=False)
    (folder / f"study-{shards}.yaml").write_text(study)
    return f"study-{shards}.yaml"


def run(folder: Path, shards: int, cores: int, *options: str) -> str:
    """Run Snakemake; return what it printed."""
    study = write_study(folder, shards)
    return own_study.run(folder, str(CHECK), *options, study=study, cores=cores)


def jobs(told: str, rule: str) -> int:
    """Return how many jobs of a rule Snakemake plans."""
    (count, *_) = re.findall(rf"^{rule} +(\d+)$", told, re.MULTILINE) or [0]
    return int(count)


@pytest.fixture(scope="module")
def whole(folder):
    """The corpus that one job builds and cleans, and what one finds in it."""
    run(folder, 1, 1)
    return made(folder)


def made(folder: Path) -> list[bytes]:
    """Return the corpus, the clean corpus and what was found in it."""
    return [(folder / path).read_bytes() for path in (CORPUS, CLEAN, CHECK)]


def forget(folder: Path) -> None:
    """Delete what was made of the raw files."""
    made = [folder / path for path in (CORPUS, CLEAN, CHECK)]
    for path in [*made, *folder.glob("results/cleaned/*")]:
        path.unlink(missing_ok=True)
    for path in folder.glob("results/shards/**/*.parquet"):
        path.unlink(missing_ok=True)


def test_eight_jobs_give_what_one_gives(folder, whole):
    report = read_json(folder / "results/cleaned/pairs_en-zh.json")
    twice, each = COUNT // 100, COUNT // 4
    assert report["read"] == COUNT + twice and report["kept"] == 2 * each
    assert report["dropped"] == {"not en": each, "length ratio": each, "near-duplicate": twice}
    forget(folder)
    plan = run(folder, 8, 2, "--dry-run")
    assert jobs(plan, "clean_corpus") == jobs(plan, "filter_shard") == 8
    assert jobs(plan, "sign_records") == jobs(plan, "match_signatures") == 8
    assert jobs(plan, "gather_corpus") == jobs(plan, "gather_clean") == 1
    assert jobs(plan, "check_shard") == 8 and jobs(plan, "gather_checks") == 1
    assert jobs(plan, "build_shard") == 8 and jobs(plan, "gather_built") == 1
    run(folder, 8, 2)
    assert made(folder) == whole
    assert read_json(folder / "results/cleaned/pairs_en-zh.json") == report
    assert "Nothing to be done" in run(folder, 8, 1)
    left = [path.name for path in (folder / "results/shards").rglob("[!.]*") if path.is_file()]
    assert sorted(left) == ["duplicates.parquet"]


def test_a_run_that_is_killed_among_its_shards_goes_on_to_the_same_bytes(folder, whole):
    forget(folder)
    study = write_study(folder, 8)
    words = own_study.command(str(CHECK), "--cores", "2", study=study)
    process = subprocess.Popen(
        words,
        cwd=folder,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.STDOUT,
    )
    shards = folder / "results/shards/pairs_en-zh/cleaned"
    deadline = time.monotonic() + 120
    while len(list(shards.glob("*-of-8.parquet"))) < 4:
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    done = len(list(shards.glob("*-of-8.parquet")))
    assert done < 8 and not (folder / CLEAN).exists()
    subprocess.run([*words, "--unlock"], cwd=folder, check=True, capture_output=True)
    told = run(folder, 8, 2, "--rerun-incomplete")
    # Of the last two, Snakemake may not have known yet that they were done.
    assert 8 - done <= jobs(told, "clean_corpus") <= 10 - done
    assert made(folder) == whole


def test_cleaning_that_is_asked_for_later_is_planned(folder):
    """Though what it makes is there, made by another rule."""
    forget(folder)
    run(folder, 0, 1)
    plan = run(folder, 8, 1, "--dry-run")
    assert jobs(plan, "clean_corpus") == jobs(plan, "filter_shard") == 8
    assert jobs(plan, "gather_clean") == jobs(plan, "gather_checks") == 1
    assert jobs(plan, "check_shard") == 8 and jobs(plan, "check_overlap") == 0
