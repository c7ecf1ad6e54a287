"""A workflow killed anywhere resumes when it is started again, and ends with the same bytes."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from scripts.common.files import ROOT, sha256
from tests.support.fork_server import forking_environment
from tests.support.tiny_study import STUDY, prepare_folder

# What `make` runs, on the tiny study.
COMMAND = ["scripts.environments.run_study", "--snakefile", str(ROOT / "Snakefile")]


def listen_to_ctrl_c() -> None:
    """Take SIGINT's default: a shell's background jobs, such as a script's tests, ignore it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def start(folder: Path) -> subprocess.Popen:
    """Start what `make` starts, in a process group of its own."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)} | forking_environment()
    return subprocess.Popen(
        [sys.executable, "-m", *COMMAND, "--study", str(STUDY), "--cores", "2"],
        cwd=folder,
        env=environment,
        start_new_session=True,
        preexec_fn=listen_to_ctrl_c,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def wait_for(found, process: subprocess.Popen) -> None:
    """Wait until `found()` is true."""
    deadline = time.monotonic() + 300
    while not found():
        assert process.poll() is None and time.monotonic() < deadline, process.stdout.read()
        time.sleep(0.02)


def stop(process: subprocess.Popen, how: signal.Signals) -> None:
    """Repeat the signal every few seconds until the run has ended, as a person would Ctrl-C."""
    while True:
        try:
            process.communicate(timeout=3)
            return
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, how)


def has_batch(partial: Path) -> bool:
    """Tell whether a file of unfinished predictions holds a batch behind its head."""
    try:
        return partial.read_bytes().count(b"\n") > 1
    except FileNotFoundError:
        return False  # finished in the meantime


def produced(folder: Path) -> dict[str, str]:
    """Return the digests of all corpora, benchmarks, scores, comparisons and tables."""
    results = folder / "results"
    files = [*results.glob("tables/*"), *results.glob("comparisons/*"), *results.glob("*/*_*.*")]
    files.append(results / "tokens.jsonl")
    return {str(file.relative_to(folder)): sha256(file) for file in sorted(files) if file.is_file()}


def test_a_second_and_interrupted_study_ends_with_the_same_bytes(tiny_study, tmp_path):
    """From scratch, killed while it trains, interrupted while it answers, resumed."""
    folder = prepare_folder(tmp_path / "interrupted")
    results = folder / "results"
    moments = [
        (
            signal.SIGKILL,  # while training, with a checkpoint to resume from
            lambda: list((results / "checkpoints/x-tiny-zh").glob("*/checkpoint-*")),
        ),
        (
            signal.SIGINT,  # while answering, after a batch
            lambda: any(map(has_batch, (results / "predictions").glob("*/.*.partial.jsonl"))),
        ),
    ]
    for how, moment in moments:
        process = start(folder)
        wait_for(moment, process)
        os.killpg(process.pid, how)
        stop(process, how)
        assert process.returncode != 0
    process = start(folder)
    output, _ = process.communicate()
    assert process.returncode == 0, output
    for name in ("x-tiny-zh/ui_en-zh.bleu", "billa-zh/gloss_zh.accuracy", "tables/main.csv"):
        assert sha256(results / name) == sha256(tiny_study / "results" / name), name
    assert "results/report.html" in output
    first, second = produced(tiny_study), produced(folder)
    assert len(second) > 60
    # Other tests ask the first study for more than its own scores.
    assert {name: first.get(name) for name in second} == second


def test_a_second_make_beside_the_first_is_refused(tmp_path):
    folder = prepare_folder(tmp_path / "twice")
    first = start(folder)
    wait_for(lambda: (folder / ".snakemake/make.lock").exists(), first)
    time.sleep(0.5)
    second = start(folder)
    output, _ = second.communicate()
    os.killpg(first.pid, signal.SIGKILL)
    first.communicate()
    assert second.returncode == 1
    assert output.strip() == "error: another run is at work in this folder"
