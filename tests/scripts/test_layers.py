"""Packages import downwards, rules hold declarations, a rule and its script share a name."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.common.files import ROOT

# A package imports itself and those of lower levels; those of one level do not know each other.
LEVELS = {
    "common": 0,
    "study": 1,
    "cluster": 1,
    "environments": 2,
    "hub": 2,
    "data": 3,
    "tokenizer": 4,
    "convert": 5,
    "pack": 5,
    "train": 6,
    "infer": 6,
    "score": 6,
    "preflight": 7,
    "tables": 7,
    "serve": 7,
    "report": 8,
    "plan": 9,
}
# The report reads what phases wrote and imports none of them.
REPORT_IMPORTS = {"common", "study", "tables", "report"}
# Rules whose script has another name, and why.
OTHER_NAMES = {
    "answer_benchmark": "answer_benchmarks: one of them",
    "score_benchmarks": "score_predictions: of all benchmarks",
    "score_benchmarks_neural": "score_neural: on all benchmarks",
    "filter_shard": "filter_corpus: of one shard",
    "build_shard": "build_corpus: of some files",
    "gather_built": "build_corpus: of all shards",
    "check_shard": "check_overlap: of one shard",
    "gather_clean": "gather_corpus: after filter_shard",
    "take_file": "download: a raw file that a person got by hand",
    "take_folder": "download: a raw folder that a person got by hand",
    "tabulate_judgements": "tabulate_reviews: judgements are laid out as published reviews are",
    "judge_published": "judge_answers: published answers are judged as models' are",
    "tabulate_published_answers": "tabulate_reviews: so are judgements of published answers",
}
NO_SCRIPT = {
    "all": "a target",
    "tables": "a target",
    "main_score": "copies a file",
}


def python_files(folder: str) -> list[Path]:
    """Return the Python files under a folder of the repository."""
    return sorted((ROOT / folder).rglob("*.py"))


def imports_of(path: Path) -> Iterator[str]:
    """Yield the full names of the modules that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = ".".join(path.relative_to(ROOT).parts[: -node.level]) if node.level else ""
            module = ".".join(filter(None, [package, node.module]))
            yield module
            yield from (f"{module}.{name.name}" for name in node.names)


def imported_packages(path: Path) -> set[str]:
    """Return the packages of scripts/ that a file imports."""
    parts = (name.split(".") for name in imports_of(path))
    return {name[1] for name in parts if len(name) > 1 and name[0] == "scripts"} & LEVELS.keys()


def test_every_package_has_a_level():
    packages = {path.parent.name for path in (ROOT / "scripts").glob("*/__init__.py")}
    assert packages == LEVELS.keys()


@pytest.mark.parametrize("package", LEVELS)
def test_packages_import_downwards(package):
    upwards = [
        f"{path.relative_to(ROOT)} imports {other}"
        for path in python_files(f"scripts/{package}")
        for other in sorted(imported_packages(path) - {package})
        if LEVELS[other] >= LEVELS[package]
    ]
    assert not upwards, "\n".join(upwards)


def test_the_report_imports_no_phase():
    for path in python_files("scripts/report"):
        assert imported_packages(path) <= REPORT_IMPORTS, path


def test_no_test_imports_from_another_test():
    for path in python_files("tests"):
        others = [name for name in imports_of(path) if re.search(r"\.test_\w+", name)]
        assert not others, f"{path.relative_to(ROOT)} imports {others}"


def rule_files() -> list[Path]:
    """Return the files of the workflow."""
    return [ROOT / "Snakefile", *sorted((ROOT / "rules").rglob("*.smk"))]


@pytest.mark.parametrize("path", rule_files(), ids=lambda path: path.name)
def test_rules_define_no_function(path):
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"^\s*(def|class|async)\s", text, re.MULTILINE)
    assert text.startswith('"""')


def test_the_snakefile_is_short():
    assert len((ROOT / "Snakefile").read_text(encoding="utf-8").splitlines()) <= 60


def find_rules() -> dict[str, set[str]]:
    """Return the scripts that each rule's shell command runs, as package.name; none: inherited."""
    found = {}
    for path in rule_files():
        text = path.read_text(encoding="utf-8")
        head = r"^(?:rule|use rule \w+ as) (\w+)(?: with)?:"
        _, *parts = re.split(head, text, flags=re.MULTILINE)
        for name, body in zip(parts[::2], parts[1::2], strict=True):
            found[name] = set(re.findall(r"\bscripts\.([a-z_.]+[a-z_])\b", body))
    return found


def test_a_rule_and_its_script_share_a_name():
    rules = find_rules()
    assert rules.keys() >= OTHER_NAMES.keys() | NO_SCRIPT.keys()
    for rule, scripts in rules.items():
        for script in scripts:
            assert (ROOT / "scripts" / (script.replace(".", "/") + ".py")).is_file(), rule
        if rule not in OTHER_NAMES.keys() | NO_SCRIPT.keys():
            assert rule in {script.rpartition(".")[2] for script in scripts}, rule
