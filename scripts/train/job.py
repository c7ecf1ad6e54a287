"""What a training is asked to do, typed: stage, recipe, run and folders."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from scripts.common.errors import InputError
from scripts.common.files import read_json
from scripts.common.provenance import fingerprint
from scripts.common.settings import keys_of, to_mapping
from scripts.study.recipe import Optimization
from scripts.study.run import SEVERAL, Run

Stage = dict[str, Any]  # what becomes stage.json
MANIFEST_KEYS = ("objective", "format", "length", "rows", "sha256")


@dataclass(frozen=True)
class Job:
    """One stage to be trained.

    `stage` is all that the weights depend on, as `stage.json` has it. Rows of a micro-batch
    (`run.micro_batch`) divide a process's share of the global batch. `stages` are the tokens of the
    study's stages (None: as their packing decides); `attempt` is more than 1 when the workflow
    retries a job that failed. `checks` is what `check_base` wrote, if it has run.
    """

    model: str
    parent: Path
    packed: Path
    checkpoints: Path
    output: Path
    seed: int
    recipe: Optimization
    run: Run
    stage: Stage
    held_out: tuple[Path, ...]
    stages: Mapping[str, int | None]
    attempt: int
    checks: Path | None = None

    @property
    def rows(self) -> Path:
        """Return the packed rows."""
        return self.packed / "rows.arrow"

    @property
    def length(self) -> int:
        """Return how many tokens a row has."""
        length: int = self.stage["data"]["length"]
        return length


def describe_stage(
    model: str, parent: Path, packed: Path, recipe: Optimization, seed: int
) -> Stage:
    """Return all that a stage's weights depend on: recipe, data and the parent's own stage.

    Raises:
        InputError: if a folder lacks what it must hold.
    """
    manifest = read_json(packed / "manifest.json", "what pack_examples wrote")
    before = read_json(parent / "stage.json", "a model's folder made by this workflow")
    missing = {*MANIFEST_KEYS, "sources"} - manifest.keys()
    if missing:
        raise InputError(f"{packed}/manifest.json: found no key {min(missing)!r}")
    check_packed(manifest, packed, {"batch": recipe.batch, "seed": seed})
    check_window(manifest["length"], parent)
    return {
        "model": model,
        "parent": before["model"],
        "recipe": describe_recipe(recipe, seed),
        "data": {key: manifest[key] for key in MANIFEST_KEYS},
        "sources": manifest["sources"],
        "parent_fingerprint": fingerprint(before),
    }


def check_packed(manifest: Stage, packed: Path, asked: Mapping[str, int]) -> None:
    """Refuse rows that were packed for other values: their order and number are for these.

    Raises:
        InputError: if a value is not the manifest's.
    """
    for name, value in asked.items():
        if manifest.get(name, value) != value:
            raise InputError(
                f"--{name}: found {value}, expected {manifest[name]}, for which "
                f"{packed}/manifest.json says the rows are packed; pack them again for another"
            )


def check_window(length: int, parent: Path) -> None:
    """Refuse rows that are longer than what the parent can attend to.

    Raises:
        InputError: if its `config.json` is damaged, or says fewer tokens.
    """
    config = read_json(parent / "config.json", "the parent's configuration", {})
    window = config.get("max_position_embeddings")
    if window is not None and length > window:
        raise InputError(
            f"{parent}/config.json: max_position_embeddings is {window}, but the rows have "
            f"{length} tokens; pack them at a length of at most {window}"
        )


def describe_recipe(recipe: Optimization, seed: int) -> dict[str, Any]:
    """Return the recipe and the seed in the order in which `stage.json` has always had them.

    Keys that are younger than the first stages come after the seed, and only where they differ
    from their default, so that earlier stages keep their fingerprint.
    """
    written = to_mapping(recipe, unset=True)
    added = {key.name for key in keys_of(Optimization) if key.added}
    first = {name: value for name, value in written.items() if name not in added}
    later = {name: value for name, value in written.items() if name in added}
    return first | {"seed": seed} | later


def fit_micro_batch(run: Run, batch: int) -> Run:
    """Return the run with the most rows a device that divide its share of the batch evenly.

    Raises:
        InputError: if the global batch cannot be shared evenly.
    """
    processes = run.devices * run.nodes
    if batch % processes:
        raise InputError(f"recipe.batch: {batch} rows cannot be shared by {processes} devices")
    if run.engine not in SEVERAL and processes > 1:
        raise InputError(
            f"run.engine: {run.engine} takes one device, found {processes}; "
            "choose ddp, fsdp or deepspeed"
        )
    return replace(run, micro_batch=largest_divisor(batch // processes, run.micro_batch))


def largest_divisor(batch: int, most: int) -> int:
    """Return the largest divisor of a batch that is at most `most`."""
    return max(size for size in range(1, min(batch, most) + 1) if batch % size == 0)
