"""``results/run.json``: what training and judging need to know that changes no result.

A change of it must repeat no job, so it is neither a rule's parameter nor its input: the workflow
writes it when it starts its jobs, and shell commands name it (``--run results/run.json``). Its
form::

    {
      "run": {"engine": "single", "devices": 1, …},              # keys of the study's `run`, all
      "held_out": ["results/benchmarks/text_zh.jsonl", …],       # measured while a stage trains
      "stages": {"x-llama-zh": 1536000, "billa-zh": null, …},    # tokens; null: packing decides
      "judge": {"base_url": "http://…", "key": "…", …},          # how it is reached; or null
      "mirrors": {"https://a.org/x": ["https://b.org/x"], …}     # other addresses of raw files
    }

A variant of an ablation is a stage too; its name is its origin's with a method behind a dot.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scripts.common.errors import InputError
from scripts.common.files import read_json, write_changed
from scripts.common.settings import from_mapping, schema_of, to_mapping
from scripts.study.run import Run
from scripts.study.score import Access
from scripts.study.validate import check_form

RUN_FILE = "results/run.json"
KEYS = ("run", "held_out", "stages", "judge")
FORM = {
    "type": "object",
    "properties": {
        "run": schema_of(Run),
        "held_out": {"type": "array", "items": {"type": "string"}},
        "stages": {"type": "object", "additionalProperties": {"type": ["integer", "null"]}},
        "judge": schema_of(Access) | {"expected": "how the judge is reached, or null"},
        "mirrors": {
            "type": "object",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
        },
    },
}


@dataclass(frozen=True)
class RunFile:
    """How a study is run; `stages` are the tokens of each, None where its packing decides."""

    run: Run
    held_out: tuple[str, ...]
    stages: Mapping[str, int | None]
    judge: Access | None
    mirrors: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def beside(self, model: str) -> dict[str, int | None]:
        """Return the stages that a model's progress counts: the study's own, or the variants."""
        varied = "." in model
        return {name: tokens for name, tokens in self.stages.items() if ("." in name) == varied}


def read_run_file(path: Path) -> RunFile:
    """Read the file; `InputError` in one line if it is missing or not of its form."""
    facts = read_json(path, "what the workflow writes when it starts its jobs")
    missing = [key for key in KEYS if not isinstance(facts, dict) or key not in facts]
    if missing:
        raise InputError(f"{path}: found no key {missing[0]!r}, expected {', '.join(KEYS)}")
    # A key that is null is one that the study leaves unset.
    said = dict(facts)
    for key in ("run", "judge"):
        said[key] = drop_unset(facts[key])
    if said["judge"] is None:
        del said["judge"]
    check_form(said, FORM, str(path))
    judge = said.get("judge")
    return RunFile(
        from_mapping(Run, said["run"]),
        tuple(said["held_out"]),
        said["stages"],
        from_mapping(Access, judge) if judge else None,
        {url: tuple(others) for url, others in said.get("mirrors", {}).items()},
    )


def drop_unset(value: Any) -> Any:
    """Return a mapping without its keys that are null; anything else as it is."""
    if not isinstance(value, dict):
        return value
    return {key: item for key, item in value.items() if item is not None}


def write_run_file(file: RunFile, path: str | Path = RUN_FILE) -> None:
    """Write the file, atomically and only where something changed."""
    facts = {
        "run": to_mapping(file.run, unset=True),
        "held_out": list(file.held_out),
        "stages": dict(file.stages),
        "judge": to_mapping(file.judge, unset=True) if file.judge else None,
        "mirrors": {url: list(others) for url, others in file.mirrors.items()},
    }
    write_changed(path, json.dumps(facts, ensure_ascii=False, indent=2) + "\n")
