"""Whoever installs a lock lets pip check its hashes; what has none is named here, with the reason.

`create_environment` and the recipe of containers have tests of their own beside this one.
"""

import ast
import os
import re
import shutil
import subprocess
import sys

import pytest

from scripts.common.files import ROOT, sha256
from scripts.environments.locks import TORCH
from tests.support.toy_wheel import REFUSED, make_wheel

LOCKS = sorted({*ROOT.glob("requirements*.txt"), *ROOT.glob("envs/*.txt")} - {TORCH})
PIN = re.compile(r"[a-z0-9][a-z0-9._-]*==[^\s;]+( ; [^\\]+?)?( --hash=sha256:[0-9a-f]{64})+")
# What installs without hashes, by the end of its command, and why.
WITHOUT = {
    "--requirement envs/torch.txt": "torch's builds, and so its hashes, differ by machine",
    "--requirement /opt/lingraft/torch.txt": "the same, in a container",
    "--quiet torch==2.13.0": "LLaMA-Factory's environment, which `make perf` alone makes",
    "--no-deps --requirement $<": "the same",
    "--quiet pip-tools": "what `make lock` resolves with, for developers",
}
TARGETS = {
    ".venv/ready": "requirements.txt",
    ".venv/page": "requirements-page.txt",
    ".venv/developer": "requirements-dev.txt",
}


def commands_that_install() -> list[str]:
    """Return the lines of the files that are not Python in which pip installs something."""
    files = [ROOT / "Makefile", ROOT / "envs/container.def", ROOT / ".ci/run"]
    files += sorted((ROOT / ".github").rglob("*.yml")) + sorted((ROOT / "rules").rglob("*.smk"))
    lines = [line for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    lines = [line for line in lines if not line.lstrip().startswith(("#", "INSTALL :="))]
    return [line for line in lines if re.search(r"\bpip3? install\b|\$\(INSTALL\)", line)]


def test_every_command_that_installs_checks_hashes_or_is_named():
    found = commands_that_install()
    checked = [line for line in found if "--require-hashes" in line]
    assert len(checked) == len(TARGETS) + 1
    assert all("--no-deps" in line and "--requirement" in line for line in checked)
    others = [line for line in found if line not in checked]
    assert len(others) == len(WITHOUT)
    for line in others:
        assert any(line.endswith(end) for end in WITHOUT), line


def test_one_script_installs():
    """It hands pip the word by itself; `test_create_environment` has what it refuses."""
    found = {
        path.name
        for path in (ROOT / "scripts").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.List)
        and any(isinstance(one, ast.Constant) and one.value == "install" for one in node.elts)
    }
    assert found == {"create_environment.py"}


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.stem)
def test_every_line_of_a_lock_is_a_version_with_hashes(path):
    text = path.read_text(encoding="utf-8")
    lines = re.sub(r" *\\\n +", " ", text).splitlines()
    pins = [line for line in lines if line.strip() and not line.lstrip().startswith("#")]
    assert len(pins) > 5
    assert [pin[:80] for pin in pins if not PIN.fullmatch(pin)] == []


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """A Makefile and its virtual environment, with a wheel that is the only package there is."""
    folder = tmp_path_factory.mktemp("checkout")
    shutil.copy(ROOT / "Makefile", folder)
    (folder / "envs").mkdir()
    (folder / "envs/torch.txt").touch()
    make_wheel(folder, "toy")
    subprocess.run([sys.executable, "-m", "venv", folder / ".venv"], check=True)
    return folder


def make(checkout, target, digest):
    """Let make install a lock of one line."""
    done = checkout / ".venv/ready"
    done.unlink(missing_ok=True)
    for name in TARGETS.values():
        (checkout / name).write_text(f"toy==1.0{digest}\n")
    if target != ".venv/ready":
        done.touch()
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("MAKE", "MFLA"))}
    told = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(checkout), "PIP_CONFIG_FILE": os.devnull}
    # What make looks for in the environment once all is installed, of which there is none here.
    command = ["make", target, f"PYTHON={sys.executable}", "IMPORTED=toy"]
    return subprocess.run(command, cwd=checkout, env=kept | told, capture_output=True, text=True)


@pytest.mark.parametrize("fault", REFUSED)
@pytest.mark.parametrize("target", TARGETS)
def test_make_ends_with_one_line_where_a_package_is_not_the_locked_one(checkout, target, fault):
    digest, error = REFUSED[fault]
    done = make(checkout, target, digest)
    assert done.returncode != 0
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
    assert line.startswith(error)
    assert not (checkout / target).exists()
    assert not list(checkout.glob(".venv/lib/*/site-packages/toy*"))


@pytest.mark.parametrize("target", TARGETS)
def test_make_installs_the_locked_one(checkout, target):
    done = make(checkout, target, f" --hash=sha256:{sha256(checkout / 'toy-1.0-py3-none-any.whl')}")
    assert done.returncode == 0, done.stderr
    (module,) = checkout.glob(".venv/lib/*/site-packages/toy.py")
    program = [checkout / ".venv/bin/pip", "--disable-pip-version-check", "uninstall", "-qy", "toy"]
    subprocess.run(program, check=True)
    (checkout / target).unlink()
    assert not module.exists()
