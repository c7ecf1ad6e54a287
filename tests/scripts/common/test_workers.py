"""The processes of a pool end with the one that has started them, however it ends."""

import os
import subprocess
import sys

import psutil
import pytest

from scripts.common.files import ROOT

FORKED = """
from scripts.data.corpus_blocks import forked
with forked(lambda _: 1, 2) as submit:
    submit(None).result()
    end()
"""
SPAWNED = """
from multiprocessing import get_context
from scripts.common.workers import begin_worker
with get_context("spawn").Pool(2, begin_worker) as pool:
    pool.map(abs, [1, 2])
    end()
"""
SCRIPT = """
import os, psutil, signal

def end():
    print(*(one.pid for one in psutil.Process().children()), flush=True)
    os.kill(os.getpid(), signal.SIG{name})

if __name__ == "__main__":
    exec({work!r})
"""


@pytest.mark.parametrize("work", [FORKED, SPAWNED])
@pytest.mark.parametrize("name", ["KILL", "TERM"])
def test_they_end_when_it_is_killed(tmp_path, work, name):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT.format(name=name, work=work))
    done = subprocess.run(
        [sys.executable, script], env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE, text=True, timeout=60,
    )  # fmt: skip
    pids = [int(pid) for pid in done.stdout.split()]
    workers = [psutil.Process(pid) for pid in pids if psutil.pid_exists(pid)]
    assert len(pids) >= 2 and not psutil.wait_procs(workers, timeout=10)[1]
