"""What the rules of train.smk ask: a stage's data and recipe, and the devices it runs on."""

import json
from dataclasses import asdict
from typing import Any

from scripts.common.options import options_of
from scripts.common.settings import names_of
from scripts.plan.machine import Machine
from scripts.plan.options import flags
from scripts.plan.paths import dataset_files
from scripts.plan.wordings import training_wordings
from scripts.study.mixture import Part
from scripts.study.recipe import Optimization, Packing
from scripts.study.study import Study


def mixture(study: Study, model: str) -> str:
    """Return a model's data as JSON: groups of parts with weights, paths and names of languages."""
    groups = [
        {
            "name": group.name,
            "weight": group.weight,
            "parts": [describe_part(study, part) for part in group.parts],
        }
        # Only where there are any: other mixtures are written as they always were.
        | ({"cuts": [asdict(cut) for cut in group.cuts]} if group.cuts else {})
        for group in study.model(model).data
    ]
    return json.dumps(groups)


def describe_part(study: Study, part: Part) -> dict[str, Any]:
    """Return one part of a mixture as pack_examples reads it."""
    dataset = study.registry.dataset(part.dataset)
    return {
        "dataset": part.dataset,
        "kind": dataset.kind,
        "languages": list(dataset.languages),
        "names": [study.registry.languages[code]["name"] for code in dataset.languages],
        "side": part.side,
        "start": part.start,
        "stop": part.stop,
    }


def clean_corpora(study: Study, model: str) -> list[str]:
    """Return the corpora that a stage trains on, without what the study holds out."""
    return dataset_files("clean", study.dataset_names(model))


def overlap_checks(study: Study, model: str) -> list[str]:
    """Return the reports of the search for benchmarks in these corpora, there if it found none."""
    return dataset_files("checks", study.dataset_names(model), "json")


def packing_options(study: Study, model: str) -> list[str]:
    """Return how a stage's examples become rows, and the seed."""
    options = [*options_of(study.recipe(model), names_of(Packing))]
    options += ["--seed", str(study.model_seed(model))]
    return options + flags("--wordings", training_wordings(study, model))


def optimization_options(study: Study, model: str) -> list[str]:
    """Return how a stage's rows change the weights, and the seed."""
    options = options_of(study.recipe(model), names_of(Optimization))
    return [*options, "--seed", str(study.model_seed(model))]


def gpus(study: Study, machine: Machine) -> int:
    """Return how many GPUs a training job on one node asks the scheduler for."""
    wanted = study.run.device == "cuda" or machine.on_cluster or machine.gpus
    one_node = study.run.nodes == 1
    return study.run.devices if wanted and one_node and study.run.device != "cpu" else 0


def tasks(study: Study) -> int | None:
    """Return Slurm's tasks: one a node, which the launcher starts; None (unset) on one node."""
    return study.run.nodes if study.run.nodes > 1 else None


def starter(study: Study) -> str | None:
    """Return what starts a task on each node; None (unset) on one node."""
    return "srun" if study.run.nodes > 1 else None


def slurm_options(study: Study) -> str | None:
    """Return Slurm's option for the GPUs of each node; None (unset) on one node or without GPUs."""
    if study.run.nodes == 1 or study.run.device == "cpu":
        return None
    return f"--gpus-per-node={study.run.devices}"
