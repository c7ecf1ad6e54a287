"""What rules ask about wordings: which jobs read those that the study chose, and their files."""

import json
from collections.abc import Sequence

from scripts.plan.options import flags
from scripts.plan.paths import raw_file
from scripts.study.kinds import KINDS
from scripts.study.prompts import prompts_digest
from scripts.study.study import Study
from scripts.study.tasks import TASKS
from scripts.study.wordings import DEFAULT


def wordings_inputs(study: Study, name: str) -> list[str]:
    """Return the raw files of a set of wordings."""
    return [raw_file(file["url"]) for file in study.registry.wordings[name]["files"].values()]


def wordings_options(study: Study, name: str) -> list[str]:
    """Return what read_wordings needs to know of a set."""
    entry = study.registry.wordings[name]
    files = [f"{role}={raw_file(file['url'])}" for role, file in entry["files"].items()]
    options = ["--form", entry["form"], "--files", *files]
    options += ["--drawn"] if entry.get("drawn") else []
    names = entry.get("names")
    return options + (flags("--names", [json.dumps(names)]) if names else [])


def texts_of(command: Sequence[str], *files: str) -> list[str]:
    """Return digests of the texts of ``prompts/`` that a job asks with.

    They are a parameter of it: its command names a format or a wording, and one that was edited
    under its name would leave what was made with the old one.

    Args:
        command: which names formats of prompts/formats.yaml.
        files: others of ``prompts/`` that the job reads.
    """
    return [prompts_digest("formats", command), *map(prompts_digest, files)]


def chosen(study: Study) -> list[str]:
    """Return the file of the study's wordings, nothing for the default ones."""
    return [] if study.prompts == DEFAULT else [f"results/wordings/{study.prompts}.json"]


def training_wordings(study: Study, model: str) -> list[str]:
    """Return the wordings that a stage's rows are made with: nothing where it has no pairs."""
    parts = study.model(model).parts
    kinds = [KINDS[study.registry.dataset(part.dataset).kind] for part in parts if not part.side]
    return chosen(study) if any(kind.languages == 2 for kind in kinds) else []


def benchmark_wordings(study: Study, benchmark: str) -> list[str]:
    """Return the wordings that a benchmark asks with: nothing where its task has its own."""
    task = TASKS[study.registry.benchmark(benchmark).task]
    return chosen(study) if task.worded else []
