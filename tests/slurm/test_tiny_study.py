"""The tiny study, whole, on Slurm: the bytes that it has without."""

import os
import subprocess
from pathlib import Path

import yaml

from tests.support.fork_server import forking_environment
from tests.support.result_files import OF_THE_RUN
from tests.support.slurm_runs import Flow, snakemake_command, target, write_yaml
from tests.support.tiny_study import STUDY, copy_base

# One stage is trained by two processes: on Slurm of two nodes, without of one. What is trained
# on one process has other bits.
PAIRED = "instruct-en"
PAIR = {"engine": "deepspeed", "zero": 2, "device": "cpu"}
SITE = {
    "resources": {
        name: {"mem_mb": 1500} for name in ("train_model", "answer_benchmarks", "answer_benchmark")
    }
}
PATIENCE = 900  # seconds for what takes four minutes on an idle machine
SUBMISSIONS = 40  # of 80 jobs that do not run where Snakemake does
KINDS = {
    "benchmarks", "checks", "clean", "corpora", "models", "packed", "predictions", "records",
    "tables", "tokenizers", "x-tiny-zh",
}  # fmt: skip


def study(run: dict) -> dict:
    """Return the tiny study with other keys of `run`."""
    written = yaml.safe_load(STUDY.read_text(encoding="utf-8"))
    return written | {"run": written["run"] | run}


def run_here(folder: Path, written: dict, wanted: str) -> None:
    """Run a study without Slurm."""
    write_yaml(folder / "study.yaml", written)
    command = snakemake_command("--cores", "2", "--", wanted)
    environment = os.environ | forking_environment()
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-8000:]


def results(folder: Path) -> dict[str, bytes]:
    """Return every file of results, by its name, that does not tell of the run alone."""
    places = [path for path in (folder / "results").rglob("*") if path.is_file()]
    named = {path.relative_to(folder / "results").as_posix(): path for path in places}
    return {name: path.read_bytes() for name, path in named.items() if not OF_THE_RUN.search(name)}


def test_the_tiny_study_has_the_bytes_that_it_has_on_one_machine(lab, fetched, tmp_path):
    there, here = (copy_base(fetched, tmp_path / name) for name in ("slurm", "here"))
    pair = study(PAIR | {"nodes": 2})
    flow = Flow(lab, there, there, [target(PAIRED)], site=SITE, study=pair, options=())
    try:
        run_here(here, study(PAIR | {"devices": 2}), target(PAIRED))
        assert flow.wait(PATIENCE) == 0, flow.tell()
        log = (there / f"results/logs/train_model/{PAIRED}.log").read_text(encoding="utf-8")
        assert log.count(f"Slurm job {flow.numbers[-1]}: ") == 2, log
        write_yaml(there / "study.yaml", study({}))
        flow.targets = ["all"]
        flow.start()
        run_here(here, study({}), "all")
        assert flow.wait(PATIENCE) == 0, flow.tell()
    finally:
        flow.close()
    expected, found = results(here), results(there)
    assert expected.keys() == found.keys()
    assert [name for name in expected if expected[name] != found[name]] == []
    assert {name.split("/")[0] for name in found} >= KINDS
    assert (there / "results/report.html").is_file()
    assert flow.submitted <= SUBMISSIONS
