"""Every lock resolves, and every library imports and scores in its own environment."""

import json
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from scripts.common.files import ROOT, read_json, read_jsonl
from scripts.environments.locks import (
    ENVS,
    READY,
    TORCH,
    environment_folder,
    environment_names,
    lock_of,
)
from tests.support.neural_study import (
    METRICS,
    RECORDS,
    copy_checkout,
    in_environment,
    publish,
    snakemake,
    tiny_tool,
    write_predictions,
    write_study,
)

NAMES = [*METRICS, "gguf", "lm-eval", "vllm"]
ON_DEMAND = ("lm-eval", "vllm")  # they take longer to create than their tests
PREDICTIONS = "results/predictions/base/ui_en-zh.jsonl"
TARGETS = [f"results/base/ui_en-zh.{metric}" for metric in METRICS]
# The predictions are written here, and not made by a model.
RULES = ["--allowed-rules", "download", "create_environment", "score_neural"]
PIN = re.compile(r"[a-z0-9.-]+==[\w.!]+")
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """A copy of the checkout, a mirror with tiny checkpoints, and the checkpoints themselves."""
    folder = tmp_path_factory.mktemp("neural")
    checkout, mirror = copy_checkout(folder / "checkout"), folder / "mirror"
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda metric: tiny_tool(metric, folder / metric), METRICS))
    for metric in METRICS:
        publish(folder / metric, metric, checkout, mirror)
    write_predictions(checkout / PREDICTIONS)
    write_study(checkout)
    return folder


@pytest.fixture(scope="module")
def scored(published):
    """The same after Snakemake has scored the predictions by all three metrics."""
    done = snakemake(published / "checkout", published / "mirror", *RULES, "--", *TARGETS)
    assert done.returncode == 0, done.stdout[-6000:]
    return published


def test_there_is_an_environment_for_every_neural_metric_gguf_the_harness_and_vllm():
    assert environment_names() == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_lock_pins_everything_and_names_no_host(name):
    text = lock_of(name).read_text()
    lines = re.sub(r" \\\n +(?=--hash)", " ", text).splitlines()
    pins = [line.split() for line in lines if line.strip() and not line.lstrip().startswith("#")]
    assert all(PIN.fullmatch(pin) for pin, *_ in pins)
    assert all(HASH.fullmatch(digest) for _, *hashes in pins for digest in hashes)
    assert all(hashes for _, *hashes in pins)
    assert TORCH.read_text().strip() == "torch==2.13.0"
    assert "://" not in text
    conda = (ENVS / f"{name}.yaml").read_text()
    expected = sorted(["torch==2.13.0", *(pin for pin, *_ in pins)])
    assert [line.strip(" -") for line in conda.splitlines() if "==" in line] == expected


def test_the_harness_and_vllm_read_models_by_the_transformers_that_wrote_them():
    (pin,) = re.findall(
        r"^transformers==\S+", (ROOT / "requirements.txt").read_text(), re.MULTILINE
    )
    assert pin in lock_of("lm-eval").read_text()
    assert pin in lock_of("vllm").read_text()


@pytest.mark.parametrize("name", NAMES)
def test_a_lock_resolves_and_its_library_imports(name):
    if name in ON_DEMAND and not (environment_folder(name) / READY).is_file():
        pytest.skip(f"the environment {name} was not created (make envs)")
    command = [sys.executable, "-m", "scripts.environments.check_environments", name]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-4000:]
    wanted = (ENVS / f"{name}.in").read_text()
    package, version = re.search(r"^([a-z-]+)==([\d.]+)$", wanted, re.MULTILINE).groups()
    assert f"{name}: {package} {version}, torch 2.13.0" in done.stdout
    # What it holds satisfies what its packages ask of each other.
    assert in_environment(name, "-c", "import numpy, psutil, yaml, jsonschema; print('here')")


@pytest.mark.parametrize("metric", METRICS)
def test_the_score_is_the_librarys_own(scored, metric):
    score = read_json(scored / "checkout" / f"results/base/ui_en-zh.{metric}")
    printed = tiny_tool(metric, scored / metric, "--predictions", scored / "checkout" / PREDICTIONS)
    expected = json.loads(printed.splitlines()[-1])
    records = read_jsonl(scored / "checkout" / score["records"]["path"])
    assert [record["score"] for record in records] == expected
    assert [record["statistics"] for record in records] == [[value, 1] for value in expected]
    assert len(expected) == score["n"] == RECORDS and len(set(expected)) > RECORDS / 3
    assert score["score"] == pytest.approx(np.mean(expected), rel=1e-12)
    low, high = score["interval"]
    assert low < score["score"] < high


@pytest.mark.parametrize(
    ("metric", "tool", "checkpoint"),
    [
        ("comet", "unbabel-comet|version:2.2.7", "wmt22-comet-da"),
        ("bleurt", "bleurt-pytorch|version:0.0.1", "BLEURT-20"),
        ("bertscore", "bert-score|version:0.3.13", "bert-base-multilingual-cased"),
    ],
)
def test_the_signature_names_library_and_checkpoint(scored, metric, tool, checkpoint):
    score = read_json(scored / "checkout" / f"results/base/ui_en-zh.{metric}")
    assert score["signature"].startswith(f"metric:{metric}|tool:{tool}|checkpoint:{checkpoint}|")
    assert ("layer:9|idf:no|" in score["signature"]) == (metric == "bertscore")
    digests = score["checkpoint"]["sha256"].values()
    assert all(re.fullmatch("[0-9a-f]{64}", digest) for digest in digests)


def test_nothing_is_done_twice(scored):
    options = ["--dry-run", *RULES, "--", *TARGETS]
    done = snakemake(scored / "checkout", scored / "mirror", *options)
    assert "Nothing to be done" in done.stdout, done.stdout[-3000:]


def test_studies_without_neural_metrics_plan_no_environment(published):
    options = ["--dry-run", "--configfile", "config.yaml", "--", "all"]
    done = snakemake(published / "checkout", published / "mirror", *options)
    assert done.returncode == 0, done.stdout[-3000:]
    assert "create_environment" not in done.stdout
