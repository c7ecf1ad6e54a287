"""A study may name files of this machine; each mistake in a source stops the plan in one line."""

import subprocess
import sys

import pytest
import yaml

from scripts.common.files import ROOT
from tests.support.dry_run import dry_run

TARGET = "results/tokenizers/billa-extended/tokenizer.json"


def write_study(folder, model):
    """Write the default study, whose new pieces are those of a ready model."""
    study = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    study["models"]["billa-extended"]["extend"] = {"zh": {"model": model, "policy": "all"}}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "study.yaml").write_text(yaml.safe_dump(study, sort_keys=False))
    return folder / "study.yaml"


def snakemake(folder, *options):
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile")]
    return subprocess.run(
        [*command, "--cores", "1", *options], cwd=folder, capture_output=True, text=True
    )


def test_a_file_beside_the_study_is_taken_and_taken_again_when_it_changes(tmp_path):
    file = write_study(tmp_path / "studies", "my pieces.model").with_name("my pieces.model")
    file.write_bytes(b"one")
    raw = "results/raw/path/relative/studies/my pieces.model"
    options = ["--configfile", "studies/study.yaml"]
    done = snakemake(tmp_path, raw, *options)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / raw).read_bytes() == b"one"
    file.write_bytes(b"two")
    done = snakemake(tmp_path, raw, *options)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / raw).read_bytes() == b"two"
    planned = dry_run(tmp_path, TARGET, "--printshellcmds", *options)
    assert f"zh={raw}" in planned.stdout.replace("'", ""), planned.stdout + planned.stderr
    assert "take_file" not in planned.stdout


@pytest.mark.parametrize(
    ("model", "line"),
    [
        ("none.model", "source 'none.model': no such file: "),
        ("https://../x.model", "source 'https://../x.model': found no host, but '..', expected"),
        ("https://me:secret@h/x.model", "source 'https://…@h/x.model': found a user or a pass"),
    ],
)
def test_a_source_that_is_none_costs_one_line(tmp_path, model, line):
    write_study(tmp_path, model)
    done = dry_run(tmp_path, "--configfile", "study.yaml")
    assert done.returncode == 1
    (error,) = (text for text in done.stderr.splitlines() if text.startswith("error: "))
    assert error.startswith("error: study.yaml: models.billa-extended.extend.zh")
    assert line in error and "secret" not in done.stderr + done.stdout
    assert not (tmp_path / "results").exists()
