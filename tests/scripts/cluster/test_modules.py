"""Modules change a job's environment; what cannot be loaded is one line that names it."""

import os
import re

import pytest

from scripts.cluster.modules import load_modules
from scripts.common.errors import InputError

# As sites hand the command down: a function of bash in the environment.
MODULE = """() {
  case "$2" in
    cuda/12.4) export CUDA_HOME=/opt/cuda PATH="/opt/cuda/bin:$PATH" TWO_LINES=$'a\\nb' ;;
    after-cuda) export SEEN="$CUDA_HOME"; echo "after-cuda is old" >&2 ;;
    old/1) echo "ModuleCmd_Load.c(213):ERROR:105: Unable to locate a modulefile for 'old/1'" >&2 ;;
    *) echo "Lmod has detected the following error: unknown: $2" >&2; return 1 ;;
  esac
}"""
PLACE = "slurm/site.yaml: modules"


@pytest.fixture
def site():
    """The environment of a job on a cluster with modules."""
    return {"PATH": os.environ["PATH"], "BASH_FUNC_module%%": MODULE}


def test_each_changes_what_the_next_one_sees(site):
    loaded = load_modules(["cuda/12.4", "after-cuda"], PLACE, site)
    assert loaded["PATH"] == f"/opt/cuda/bin:{site['PATH']}"
    assert loaded["SEEN"] == "/opt/cuda" and loaded["TWO_LINES"] == "a\nb"


def test_without_any_no_command_is_asked_for():
    assert load_modules([], PLACE, {"PATH": "", "A": "b"}) == {"PATH": "", "A": "b"}


@pytest.mark.parametrize(
    ("name", "reason"),
    [("nosuch/1", "Lmod has detected the following error: unknown: nosuch/1"),
     ("old/1", "Unable to locate a modulefile for 'old/1'")],
)  # fmt: skip
def test_one_that_cannot_be_loaded_is_named(site, name, reason):
    with pytest.raises(
        InputError, match=rf"^slurm/site\.yaml: modules: {name}: not loaded on "
    ) as e:
        load_modules(["cuda/12.4", name], PLACE, site)
    assert reason in str(e.value) and "\n" not in str(e.value)


def test_a_node_without_the_command_is_named(site, monkeypatch, tmp_path):
    # No file of the machine that runs this test is to define it.
    code = "scripts.cluster.modules.FIND"
    monkeypatch.setattr(
        code, re.sub(r"(?s)  for file.*?done\n", "", load_modules.__globals__["FIND"])
    )
    del site["BASH_FUNC_module%%"]
    with pytest.raises(InputError, match=r"cuda/12\.4: there is no command `module` on "):
        load_modules(["cuda/12.4"], PLACE, site)


def test_the_command_is_found_where_it_was_not_handed_down(site, tmp_path):
    (tmp_path / "init").mkdir()
    (tmp_path / "init" / "bash").write_text(f"module {MODULE}\n")
    del site["BASH_FUNC_module%%"]
    loaded = load_modules(["cuda/12.4"], PLACE, site | {"LMOD_PKG": str(tmp_path)})
    assert loaded["CUDA_HOME"] == "/opt/cuda"
