"""``results/run.json``: what training and judging need to know that changes no result.

A change of it must repeat no job, so it is neither a rule's parameter nor its input: the workflow
writes it when it starts its jobs, and a shell command names it. Its form::

    {
      "run": {"engine": "single", "devices": 1, …},              # keys of the study's `run`, all
      "held_out": ["results/benchmarks/text_zh.jsonl", …],       # measured while a stage trains
      "stages": {"x-llama-zh": 1536000, "billa-zh": null, …},    # tokens; null: packing decides
      "judge": {"base_url": "http://…", "key": "…", …}           # how it is reached; or null
    }

A variant of an ablation is a stage too; its name is its origin's with a method behind a dot.
"""

import json
from pathlib import Path
from typing import Any

from scripts.common.files import write_text
from scripts.common.settings import names_of, to_mapping
from scripts.study.score import ACCESS, Judge
from scripts.study.study import Study

RUN_FILE = "results/run.json"


def write_run(study: Study, path: str | Path = RUN_FILE) -> None:
    """Write the file, atomically and only where something changed."""
    path, text = Path(path), json.dumps(describe_run(study), ensure_ascii=False, indent=2) + "\n"
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        write_text(path, text)


def describe_run(study: Study) -> dict[str, Any]:
    """Return what the file holds."""
    access, judge = names_of(Judge, ACCESS), study.score.judge
    return {
        "run": to_mapping(study.run, unset=True),
        "held_out": held_out_texts(study),
        "stages": {name: stage_tokens(study, name) for name in study.stages},
        "judge": to_mapping(judge, unset=True, names=access) if judge else None,
    }


def held_out_texts(study: Study) -> list[str]:
    """Return the study's benchmarks of plain text, whose bits per byte are measured in training.

    They exist before the corpora are clean. As inputs they would repeat a training when they
    change.
    """
    return [
        f"results/benchmarks/{benchmark.name}.jsonl"
        for benchmark in study.benchmarks
        if benchmark.task == "text"
    ]


def stage_tokens(study: Study, model: str) -> int | None:
    """Return how many tokens a stage trains on, None where the packing decides (epochs)."""
    recipe = study.recipe(model)
    return recipe.steps * recipe.batch * recipe.length if recipe.steps else None
