"""What a study says of how it is run, for ``results/run.json`` (see scripts/study/run_file.py)."""

from scripts.common.settings import from_mapping, to_mapping
from scripts.plan.data import raw_files
from scripts.study.run_file import RunFile
from scripts.study.score import Access
from scripts.study.study import Study
from scripts.study.tasks import tasks_answered_by


def plan_run(study: Study) -> RunFile:
    """Return all that changes no result: `run`, texts to measure, stages, access, mirrors."""
    judge = study.score.judge
    return RunFile(
        run=study.run,
        held_out=tuple(held_out_texts(study)),
        stages={name: stage_tokens(study, name) for name in study.stages},
        judge=from_mapping(Access, to_mapping(judge)) if judge else None,
        mirrors={file.url: file.mirrors for file in raw_files(study).values() if file.mirrors},
    )


def held_out_texts(study: Study) -> list[str]:
    """Return the study's benchmarks of plain text, whose bits per byte are measured in training.

    They exist before the corpora are clean. As inputs they would repeat a training when they
    change.
    """
    return [
        f"results/benchmarks/{benchmark.name}.jsonl"
        for benchmark in study.benchmarks
        if benchmark.task in tasks_answered_by("measure_text")
    ]


def stage_tokens(study: Study, model: str) -> int | None:
    """Return how many tokens a stage trains on, None where the packing decides (epochs)."""
    recipe = study.recipe(model)
    return recipe.steps * recipe.batch * recipe.length if recipe.steps else None
