"""How new rows are initialised: the rules of it, run by Snakemake on corpora that are there."""

import re
import subprocess
import sys

import pandas
import pytest
import yaml

from scripts.common.files import ROOT, read_json, sha256
from tests.support.extended_tokenizers import ENGLISH, chinese_lines, write_texts
from tests.support.tiny_model import make_tiny_model

RULES = ["import_model", "extend_tokenizer", "train_auxiliary", "extend_model"]
TARGET = "results/models/billa-extended/stage.json"


def snakemake(folder, method, *options, seed=3):
    """Run Snakemake on the tiny study with another method or seed."""
    study = yaml.safe_load((ROOT / "tests/support/tiny.yaml").read_text())
    study["seed"] = seed
    if method:
        study["models"]["billa-extended"]["embeddings"] = method
    (folder / "study.yaml").write_text(yaml.safe_dump(study, sort_keys=False))
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile")]
    command += ["--configfile", "study.yaml", "--cores", "1", *options]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def planned(folder, method, **settings):
    """Return the plan, and the rules of it that are not those of corpora."""
    plan = snakemake(folder, method, "--dry-run", "--printshellcmds", TARGET, **settings)
    return plan, set(re.findall(rf"python -m scripts\.\w+\.({'|'.join(RULES)}) ", plan))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The tiny study's extended model, its rows initialised by FOCUS."""
    folder = tmp_path_factory.mktemp("focus")
    make_tiny_model(folder / "tiny-base")
    clean = folder / "results/clean"
    clean.mkdir(parents=True)
    write_texts(clean / "sanguo_zh.parquet", chinese_lines())
    source = ENGLISH * 40
    pairs = {"source": source, "target": chinese_lines(len(source), seed=5)}
    pandas.DataFrame({"id": map(str, range(len(source))), **pairs}).to_parquet(
        clean / "django_en-zh.parquet"
    )
    snakemake(folder, "focus", TARGET, "--allowed-rules", *RULES)
    return folder


def test_focus_trains_vectors_on_the_text_of_all_languages(folder):
    stage = read_json(folder / TARGET)
    assert stage["embeddings"] == "focus" and "seed" not in stage
    vectors = folder / "results/auxiliary/billa-extended.safetensors"
    meta = read_json(vectors.with_name(vectors.name + ".meta.json"))
    texts = {name: paths for name, *paths in meta["settings"]["text"]}
    assert texts == {
        "zh": ["results/clean/sanguo_zh.parquet:text", "results/clean/django_en-zh.parquet:target"],
        "en": ["results/clean/django_en-zh.parquet:source"],
    }
    assert meta["settings"]["seed"] == 3
    grown = read_json(folder / "results/models/billa-extended.meta.json")
    assert grown["inputs"]["results/auxiliary/billa-extended.safetensors"] == sha256(vectors)
    log = (folder / "results/logs/extend_model/billa-extended.log").read_text()
    assert re.search(r"focus: \d+ new tokens are mixed of \d+ old ones; \d+, too rare", log)


def test_what_changes_the_rows_rebuilds_them_and_nothing_else_does(folder):
    assert planned(folder, "focus")[1] == set()
    # FOCUS's vectors are drawn by the seed; pieces are not.
    assert planned(folder, "focus", seed=4)[1] == {"train_auxiliary", "extend_model"}
    plan, rules = planned(folder, "mean_noise")
    assert rules == {"extend_model"} and "--embeddings mean_noise --seed 3 --output" in plan
    # The default draws nothing, so that another seed is no reason to make it again.
    plan, rules = planned(folder, None)
    assert rules == {"extend_model"} and "--embeddings subtokens --output" in plan
