"""What a dry run says of the base model and of the memory that training it needs."""

import json
import zipfile

import pytest
import yaml

from scripts.common.files import ROOT
from tests.support.dry_run import dry_run

PARAMS = {"dim": 4096, "n_layers": 32, "n_heads": 32, "multiple_of": 256, "norm_eps": 1e-6}


@pytest.fixture
def study(tmp_path):
    """Write the default study on LLaMA-7B in Meta's layout, of which little is there."""
    (tmp_path / "7B").mkdir()
    (tmp_path / "7B" / "params.json").write_text(json.dumps(PARAMS))
    (tmp_path / "tokenizer.model").touch()
    # PyTorch's files are archives.
    zipfile.ZipFile(tmp_path / "7B" / "consolidated.00.pth", "w").close()

    def write(**run):
        settings = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
        settings["base"] = {"from": "meta:7B", "format": "brief"}
        settings["run"] |= run
        (tmp_path / "study.yaml").write_text(yaml.safe_dump(settings))
        return dry_run(tmp_path, "--printshellcmds", "--configfile", "study.yaml", "--", "all")

    return write


def test_a_dry_run_imports_metas_folder_and_estimates_its_memory(study):
    done = study(device_memory=160)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "import_model --form meta --raw 7B --output" in done.stdout
    lines = [line for line in done.stderr.splitlines() if line.startswith("memory: ")]
    (line,) = lines
    assert line.startswith("memory: billa-pretrain needs ")
    assert line.endswith(" of 160 GiB a device (1 × single)")


def test_a_registered_model_of_the_hub_is_planned_without_a_network(tmp_path):
    settings = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    settings["base"] = "qwen3-0.6b"
    (tmp_path / "study.yaml").write_text(yaml.safe_dump(settings))
    target = "results/models/base/stage.json"
    done = dry_run(tmp_path, "-p", "--configfile", "study.yaml", "--", target)
    assert done.returncode == 0, done.stdout + done.stderr
    record = "results/raw/hf/Qwen/Qwen3-0.6B-Base@main.json"
    assert f"fetch_model --model hf:Qwen/Qwen3-0.6B-Base --output {record} " in done.stdout
    assert f"import_model --form hub --raw {record} " in done.stdout
    warning, memory = done.stderr.strip().splitlines()[-2:]
    assert warning.startswith("warning: hf:Qwen/Qwen3-0.6B-Base: HF_HUB_OFFLINE is set, and not")
    assert memory.startswith("memory: billa-") and "not planned" not in memory
    assert not (tmp_path / "results").exists()


def test_a_study_that_will_not_fit_is_refused_before_anything_runs(study, tmp_path):
    done = study(device_memory=80)
    assert done.returncode != 0
    assert "error: study.yaml: run.device_memory: billa-" in done.stderr
    assert "the cheapest fix: run: {" in done.stderr
    assert not (tmp_path / "results").exists()
