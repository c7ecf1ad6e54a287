"""A finished study gives its models away: by a rule, and to readers of both versions."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from huggingface_hub import ModelCard

from scripts.common.files import ROOT, read_json, write_json
from scripts.convert.push_model import check_sums
from tests.support.neural_study import in_environment
from tests.support.releases import KINDS, make_lineage, mixed_lines, release
from tests.support.tiny_study import copy_study, snakemake

MODEL = "billa-zh"
# An environment with transformers 4.
OLDER = "comet"


@pytest.fixture(scope="module")
def finished(tiny_study, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("release") / "tiny"
    copy_study(tiny_study, folder)
    return folder


@pytest.fixture(scope="module")
def released(finished) -> Path:
    """The release of the tiny study's BiLLa, for which nothing of the study is made again."""
    done = snakemake(finished, "--cores", "2", f"results/release/{MODEL}")
    jobs = dict(re.findall(r"^(\w+) +(\d+)$", done.stdout, re.M))
    assert jobs == {"write_card": "1", "release_model": "1", "total": "2"}
    return finished / "results/release" / MODEL


def test_the_release_is_whole_and_made_once(finished, released):
    done = subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=released)
    assert done.returncode == 0
    check_sums(released)  # as `push_model` does, of a folder in which Snakemake left its marker
    again = snakemake(finished, "--cores", "1", f"results/release/{MODEL}")
    assert "Nothing to be done" in again.stdout
    stages = read_json(released / "lineage.json")["stages"]
    assert [stage["model"] for stage in stages] == [
        "base", "billa-extended", "billa-pretrain", "billa-task", MODEL,
    ]  # fmt: skip


def test_its_card_has_the_studys_scores(finished, released):
    data = ModelCard.load(released / "README.md").data
    score = read_json(finished / f"results/{MODEL}/ui_en-zh.bleu")
    found = {(one.dataset_type, one.metric_type): one.metric_value for one in data.eval_results}
    assert found["ui_en-zh", "bleu"] == pytest.approx(score["score"], abs=1e-4)
    assert len(found) == 9
    assert data.license is None  # the base is a folder


def test_the_base_cannot_be_released(finished):
    done = snakemake(finished, "--cores", "1", "results/release/base", check=False)
    assert done.returncode == 1 and "results/release/base" in done.stdout


def read_by(older: bool, folder: Path, texts: Path) -> dict:
    """Return what this Python, or one with transformers 4, makes of a release."""
    command = ["-m", "tests.support.read_release", str(folder), str(texts)]
    if older:
        return json.loads(in_environment(OLDER, *command))
    done = subprocess.run([sys.executable, *command], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-4000:]
    return json.loads(done.stdout)


@pytest.mark.parametrize("kind", [*KINDS, "study"])
def test_transformers_4_and_5_read_it_alike(kind, tmp_path, corpora, request):
    if kind == "study":
        folder = request.getfixturevalue("released")
    else:
        folder = release(make_lineage(tmp_path / kind, kind, corpora), tmp_path / MODEL)
    write_json(tmp_path / "texts.json", mixed_lines())
    older, newer = (read_by(one, folder, tmp_path / "texts.json") for one in (True, False))
    assert (older.pop("version")[:3], newer.pop("version")[:2]) == ("4.5", "5.")
    for row, other in zip(older.pop("logits"), newer.pop("logits"), strict=True):
        assert row == pytest.approx(other, rel=1e-4, abs=1e-4)
    assert older == newer
