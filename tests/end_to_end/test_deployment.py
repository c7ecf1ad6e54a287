"""Snakemake's own environments: conda from a channel, and containers; the data are the same."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import yaml

from scripts.common.files import ROOT, sha256
from scripts.environments.containers import image_path
from tests.support.neural_study import copy_checkout
from tests.support.tiny_model import make_tiny_model
from tests.support.tools import tool_environment

CORPUS = "results/corpora/everyday_en.parquet"
TOOLS = ("py-rattler==0.28.0", "pyyaml==6.0.3")
# Told by each Python that begins in the environment.
MARK = "import os, sys; open(os.environ['PYTHONS'], 'a').write(sys.prefix + '\\n')"
# What an image of Apptainer's has for the test: this machine's programs.
APPTAINER = """#!/bin/sh
if [ "$1" = --version ]; then echo apptainer version 1.3.0; exit; fi
echo "$@" >> {log}
while [ "${{1%.sif}}" = "$1" ]; do shift; done
shift
exec "$@"
"""


@pytest.fixture(scope="module")
def conda(tmp_path_factory) -> Path:
    """A folder with the programs of a conda, and a channel beside them."""
    python = tool_environment("rattler", *TOOLS) / "python"
    folder = tmp_path_factory.mktemp("conda")
    code = folder / "lib" / "conda.py"
    code.parent.mkdir()
    shutil.copy(ROOT / "tests" / "support" / "conda.py", code)
    write_program(folder / "bin" / "conda", f'#!/bin/sh\nexec {python} {code} "$@"\n')
    activate = 'export CONDA_PREFIX="$1" PATH="$1/bin:$PATH"\n'
    write_program(folder / "bin" / "activate", activate)
    subprocess.run([python, code, "make-channel", folder / "channel"], check=True)
    return folder


def write_program(path: Path, text: str) -> None:
    """Write an executable file."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


def libraries(folder: Path) -> Path:
    """Return a package for pip that gives an environment the libraries of the main one."""
    (site,) = {path for path in sys.path if path.endswith("site-packages")}
    path, facts = folder / "libraries-1.0-py3-none-any.whl", "libraries-1.0.dist-info"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr("libraries.pth", f"{site}\n{MARK}\n")
        wheel.writestr(
            f"{facts}/METADATA", "Metadata-Version: 2.1\nName: libraries\nVersion: 1.0\n"
        )
        wheel.writestr(
            f"{facts}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{facts}/RECORD", "")
    return path


@pytest.fixture
def study(tmp_path) -> Path:
    """A study in a folder of its own, beside a copy of the checkout."""
    checkout = copy_checkout(tmp_path / "checkout")
    folder = tmp_path / "study"
    folder.mkdir()
    make_tiny_model(folder / "tiny-base")
    shutil.copy(ROOT / "tests" / "support" / "tiny.yaml", folder / "study.yaml")
    assert checkout.is_dir()
    return folder


def snakemake(study: Path, *options: str, path: Path) -> subprocess.CompletedProcess[str]:
    """Run Snakemake on the study with other programs before this machine's."""
    snakefile = study.parent / "checkout" / "Snakefile"
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(snakefile), "--cores", "1"]
    variables = {"PATH": f"{path}:{os.environ['PATH']}", "PYTHONPATH": ""}
    variables["PYTHONS"] = str(study / "pythons")
    return subprocess.run(
        [*command, "--configfile", "study.yaml", *options, "--", CORPUS],
        cwd=study, env=os.environ | variables, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip


def test_conda_makes_the_environment_from_a_channel_and_jobs_run_in_it(study, conda):
    file = study.parent / "checkout" / "envs" / "lingraft.yaml"
    real = yaml.safe_load(file.read_text())
    assert real["dependencies"][:2] == ["python=3.11", "pip"]
    # As the real file is, with the channel and the libraries that can be had here.
    here = {"channels": [f"file://{conda}/channel", "nodefaults"]}
    pip = {"pip": [str(libraries(study.parent))]}
    version = f"python={sys.version_info.major}.{sys.version_info.minor}"
    file.write_text(yaml.safe_dump(here | {"dependencies": [version, "pip", pip]}))
    done = snakemake(study, "--sdm", "conda", path=conda / "bin")
    assert done.returncode == 0, done.stdout[-6000:]
    (made,) = (study / ".snakemake" / "conda").glob("*_/bin/python")
    assert "Activating conda environment" in done.stdout
    assert set((study / "pythons").read_text().splitlines()) == {str(made.parents[1])}
    assert "create_environment" not in done.stdout
    again = snakemake(study, "--sdm", "conda", "--dry-run", path=conda / "bin")
    assert "Nothing to be done" in again.stdout


def test_containers_run_the_jobs_of_their_environment(study, tmp_path, monkeypatch):
    monkeypatch.setenv("LINGRAFT_CONTAINERS", str(tmp_path / "images"))
    write_program(tmp_path / "bin" / "apptainer", APPTAINER.format(log=tmp_path / "log"))
    missing = snakemake(study, "--sdm", "apptainer", path=tmp_path / "bin")
    assert missing.returncode != 0 and not (study / CORPUS).exists()
    assert "python -m scripts.environments.build_container lingraft` builds" in missing.stdout
    image = image_path("lingraft")
    image.parent.mkdir()
    image.touch()
    done = snakemake(study, "--sdm", "apptainer", path=tmp_path / "bin")
    assert done.returncode == 0, done.stdout[-6000:]
    assert f" {image} bash -c " in (tmp_path / "log").read_text()
    digest = sha256(study / CORPUS)
    # What a run without containers finds is done, and the same.
    plain = snakemake(study, "--dry-run", path=tmp_path / "bin")
    assert "Nothing to be done" in plain.stdout, plain.stdout[-3000:]
    forced = snakemake(study, "--forcerun", "build_corpus", path=tmp_path / "bin")
    assert forced.returncode == 0 and sha256(study / CORPUS) == digest
