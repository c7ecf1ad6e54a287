"""A data set that is cleaned by one job or by eight, in one go or killed, is the same bytes."""

import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest
import yaml

from scripts.common.files import read_json
from tests.support import own_study
from tests.support.shards_study import CHECK, CLEAN, CORPUS, COUNT, made, make_pairs, shards_study
from tests.support.tiny_study import prepare_folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with the study's pairs."""
    return make_pairs(prepare_folder(tmp_path_factory.mktemp("clean")))


def write_study(folder: Path, shards: int) -> str:
    """Write the study with so many shards, 0: without cleaning; return its file's name."""
    study = yaml.safe_dump(shards_study(shards), sort_keys=False)
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


def forget(folder: Path) -> None:
    """Delete what was made of the raw files."""
    files = [folder / path for path in (CORPUS, CLEAN, CHECK)]
    for path in [*files, *folder.glob("results/cleaned/*")]:
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
