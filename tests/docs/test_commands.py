"""Every command that README and docs/ show is run, as a dry run where it is not cheap."""

import os
import shlex
import subprocess
import sys
from collections import defaultdict
from importlib.util import find_spec
from pathlib import Path

import pytest

from scripts.common.files import ROOT
from tests.support.pages import PAGES, blocks, commands, inline_commands

# What cannot run here, by how it begins, and why. Everything else has to be in a class below.
NOT_RUN = {
    "make STUDY=my-study.yaml": "the reader's own study",
    "source ": "the tests are in the environment already",
    "python -m scripts.convert.push_model --release ": "publishes a model",
    "python -m scripts.tables.tabulate_tokenizers --tokenizers base": "needs a finished vocabulary",
    "llama-server ": "llama.cpp is not part of this",
    "ollama ": "nor is Ollama",
    "snakemake all --report ": "needs a finished study",
    "snakemake results/x-smollm2-zh/billa-eval_en.judge": "needs a judge's server",
    "snakemake results/tables/reviews/x-smollm2-zh/": "needs a judge's server",
    "snakemake results/tables/rankings/": "needs a judge's server",
    "snakemake results/tables/preferences.md": "needs people's ratings",
    "snakemake results/tables/judged/": "needs a judge's server",
    "python -m scripts.score.judge_answers --questions ": "needs a judge's server",
    "python -m scripts.tables.tabulate_reviews --judgements ": "needs its judgements",
    "snakemake results/x-llama-zh/xquad_zh.judge_correct": "needs a judge's server",
    "python -m scripts.serve.serve_api": "serves models until Ctrl-C",
    "LINGRAFT_SIMULATIONS=2000 pytest ": "takes a quarter of an hour",
    "snakemake all --sdm conda": "needs conda",
    "snakemake all --sdm apptainer": "needs Apptainer",
    "python -m scripts.environments.build_container ": "needs Apptainer",
    "sinfo": "needs Slurm",
    "nohup snakemake --profile slurm": "needs Slurm",
    "python -m scripts.preflight.check_base ": "needs an imported base",
}
PERF = ("chinese_text", "compare", "extend_bpe", "serve_api", "shared_scripts", "warm_up")
# Scripts that take minutes, or write what is in git: they must exist.
LONG = (
    *(f"tests.perf.{name}" for name in PERF),
    "scripts.study.write_schemas",
    "tests.chaos",
    "tests.perf.deterministic",
    "tests.support.architectures",
    "tests.support.benchmark_counts",
)
# Snakemake's own commands that make nothing and so run as they are.
AS_THEY_ARE = ("--help", "--list-target-rules", "--unlock", "--rulegraph")
# Those of docs/extending.md run where its examples are: in the copy of test_extending.
IN_BLOCKS = [
    (block.place, command)
    for page in PAGES
    if page.name != "extending.md"
    for block in blocks(page, "console")
    for command in commands(block)
]
IN_SENTENCES = [found for page in PAGES for found in inline_commands(page)]
SHOWN = IN_BLOCKS + IN_SENTENCES


def classify(command: str) -> str:
    """Return how a command is tested; `KeyError` where nobody has said."""
    if any(command.startswith(start) for start in NOT_RUN):
        return "not run"
    words = shlex.split(command)
    if words[:2] == ["python", "-m"]:
        return "module" if words[2] in LONG else "real"
    if words[0] == "complete":
        return "real"
    if words[0] == "snakemake":
        return "real" if set(words) & set(AS_THEY_ARE) else "dry run"
    return {"make": "make", "pytest": "pytest", "LINGRAFT_MIRROR=…": "pytest"}[words[0]]


def shown(kind: str) -> list[str]:
    """Return the distinct commands of one class, in their order."""
    return list(dict.fromkeys(text for _, text in SHOWN if classify(text) == kind))


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A folder that looks like the repository's root and has no results."""
    folder = tmp_path_factory.mktemp("docs")
    for path in ROOT.iterdir():
        if not path.name.startswith(".") and path.name not in ("results", "manual"):
            (folder / path.name).symlink_to(path)
    return folder


def run(command: str, folder: Path) -> str:
    """Run a command of a page with this Python and Snakemake; return what it printed."""
    places = [str(Path(sys.executable).parent), os.environ["PATH"]]
    found = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", command], cwd=folder, capture_output=True, text=True,
        env=os.environ | {"PATH": os.pathsep.join(places)}, timeout=300,
    )  # fmt: skip
    assert found.returncode == 0, f"{command}\n{found.stdout[-2000:]}{found.stderr[-2000:]}"
    return found.stdout + found.stderr


def group_plans(texts: list[str]) -> list[str]:
    """Join the plans that differ in their targets only, for each takes seconds to start."""
    groups: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for text in texts:
        words = [word for word in shlex.split(text)[1:] if word != "-n"]
        targets = [word for word in words if word in ("all", "tables") or "results/" in word]
        options = tuple(word for word in words if word not in targets)
        groups[options] += [target for target in targets if target not in groups[options]]
    return [shlex.join(["snakemake", *groups[key], *key, "-n"]) for key in groups]


@pytest.mark.parametrize(("place", "command"), SHOWN)
def test_it_is_said_how_each_command_is_tested(place, command):
    """A command of no class fails here, with its place."""
    try:
        classify(command)
    except KeyError:
        pytest.fail(f"{place}: {command!r} is in no class of {__name__}")


@pytest.mark.parametrize("start", NOT_RUN)
def test_only_commands_that_are_shown_are_excused(start):
    """An excuse goes with its command."""
    assert any(command.startswith(start) for _, command in SHOWN)


@pytest.mark.parametrize("command", shown("real"))
def test_cheap_commands_run(command, folder):
    """Helps, lists, graphs and the plan of memory."""
    run(command, folder)


@pytest.mark.parametrize("command", group_plans(shown("dry run")))
def test_studies_plan(command, folder):
    """Every target that is shown can be made, with the options shown."""
    assert "dry-run" in run(command, folder)


@pytest.mark.parametrize("command", shown("module"))
def test_long_scripts_exist(command):
    """`make perf` and the tests of schemas run them."""
    assert find_spec(shlex.split(command)[2])


@pytest.mark.parametrize("command", shown("make"))
def test_make_knows_its_targets(command, folder):
    """What `make` would do is printed."""
    assert run(command.replace("make", "make -n", 1), folder)


@pytest.mark.parametrize("command", shown("pytest"))
def test_tests_that_are_shown_exist(command, folder):
    """They run by themselves."""
    files = [word for word in shlex.split(command) if word.startswith("tests/")]
    assert files and all((ROOT / name).is_file() for name in files)
