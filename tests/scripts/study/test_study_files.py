"""What `snakemake --configfile` names is looked at before Snakemake reads it."""

import subprocess
import sys

import pytest

from scripts.common.files import ROOT
from scripts.study.study_files import check_files, find_files


@pytest.mark.parametrize(
    ("words", "files"),
    [
        (["all", "--configfile", "a.yaml"], ["a.yaml"]),
        (["--configfile=a.yaml", "all"], ["a.yaml"]),
        (["--configfile", "a.yaml", "b.yaml", "-n"], ["a.yaml", "b.yaml"]),
        (["--cores", "2", "all"], []),
    ],
)
def test_studies_are_found_on_a_command_line(words, files):
    assert [file for _, file in find_files(words)] == files


def test_a_target_that_is_taken_for_a_study_is_told(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.yaml").write_text("name: a\n")
    with pytest.raises(SystemExit, match="a target stands before --configfile"):
        check_files(["--configfile", "a.yaml", "all"])


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("name: 研究".encode("gbk"), "UTF-8"),
        (b"__use_yte__: true\nname: ?1+1\n", "found a template, which is code"),
        (b"a: &a [*a]\n", "contains itself"),
    ],
)
def test_snakemake_tells_it_in_one_line(tmp_path, content, told):
    (tmp_path / "study.yaml").write_bytes(content)
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile")]
    command += ["-n", "--configfile", "study.yaml"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode != 0 and "Traceback" not in done.stdout + done.stderr
    [line] = [line for line in done.stderr.splitlines() if "error:" in line]
    assert told in line
