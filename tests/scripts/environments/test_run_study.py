"""`make` begins no run beside one that is alive, whoever has started that."""

import fcntl
from pathlib import Path

from scripts.common.run_lock import LOCK
from scripts.environments import run_study


def test_beside_a_run_that_snakemake_has_started_nothing_is_begun(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for name in ("results", ".snakemake/locks"):
        Path(name).mkdir(parents=True)
    began = []
    monkeypatch.setattr(run_study, "run_snakemake", lambda *_: began.append(1) or 1)
    with LOCK.open("w") as stream, open(".snakemake/make.lock", "w") as lock:
        fcntl.flock(stream, fcntl.LOCK_SH)
        assert run_study.run_locked(Path("study.yaml"), [], lock) == 1
        assert capsys.readouterr().err == "error: another run is at work in this folder\n"
        assert not began and Path(".snakemake/locks").is_dir()
        fcntl.flock(stream, fcntl.LOCK_UN)
        run_study.run_locked(Path("study.yaml"), [], lock)
    assert began and not Path(".snakemake/locks").exists()
