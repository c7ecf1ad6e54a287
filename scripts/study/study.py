"""What to build: a study parsed and validated into frozen dataclasses. Rules ask it.

Every mistake raises `InputError`: one line with the file, the key, what was found and what was
expected. Nothing is downloaded or written before a study is known to be right.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scripts.common.errors import InputError, nearest
from scripts.study.extension import Extension
from scripts.study.mixture import Group, Part
from scripts.study.registry import Benchmark, Registry

BASE = "base"
RECIPE_DEFAULTS = {
    "schedule": "cosine",
    "warmup": 0.03,
    "floor": 0.0,
    "weight_decay": 0.0,
    "betas": [0.9, 0.999],
    "clip": 1.0,
    "precision": "fp32",
    "optimizer": "adamw",
    "trains": "all",
}
RUN_DEFAULTS = {
    "threads": 8,
    "infer_threads": 1,
    "engine": "single",
    "devices": 1,
    "nodes": 1,
    "device": "auto",
    "zero": 2,
    "offload": "none",
    "micro_batch": 4,
    "gradient_checkpointing": False,
    "compile": False,
    "attention": "auto",
    "tf32": True,
    "liger": False,
    "deterministic": True,
    "device_memory": None,
    "checkpoint_minutes": 10,
    "checkpoint_steps": None,
    "evaluations": 4,
    "held_out_rows": 8,
    "track": [],
}
INFER_DEFAULTS = {"batch": 32, "window": 512}


@dataclass(frozen=True)
class Model:
    """A model is its parent plus one stage: an extended vocabulary or a recipe on data.

    Of an extended one, `embeddings` is the method its new rows start by, and new pieces that
    occur fewer than `prune` times in the text they come from are dropped (None: all stay).
    `origin` is the model that a variant of an ablation shares tokenizer and packed rows with.
    """

    name: str
    parent: str | None
    format: str
    extend: tuple[tuple[str, Extension], ...] = ()
    embeddings: str = "subtokens"
    prune: int | None = None
    recipe: Mapping[str, Any] | None = None
    data: tuple[Group, ...] = ()
    origin: str | None = None

    @property
    def parts(self) -> tuple[Part, ...]:
        """Return every part of the model's data."""
        return tuple(part for group in self.data for part in group.parts)


@dataclass(frozen=True)
class EmbeddingInit:
    """An ablation: one stage trained from new rows that start by one method or another.

    `pairs` are each method's extended model, and that model trained; `baseline` is the study's own
    method, `parent` the model before its extension, `after` the stage, `benchmarks` the texts that
    are measured before and after it, and `report` whether the report has the table.
    """

    baseline: str
    parent: str
    after: str
    pairs: Mapping[str, tuple[str, str]]
    benchmarks: tuple[str, ...]
    report: bool


@dataclass(frozen=True)
class Study:
    """A whole study; built by `scripts.study.parse_study.load_study`."""

    file: str
    name: str
    seed: int
    base: str | Mapping[str, str]
    models: Mapping[str, Model]
    main: str
    compare: tuple[str, ...]
    baseline: str
    benchmarks: tuple[Benchmark, ...]
    metrics: Mapping[str, tuple[str, ...]]
    limits: Mapping[str, int | None]
    texts: Mapping[str, tuple[Part, ...]]
    tables: Mapping[str, Mapping[str, str]]
    embedding_init: EmbeddingInit | None
    resamples: int
    trials: int
    judge: Mapping[str, Any] | None
    infer: Mapping[str, int]
    run: Mapping[str, Any]
    registry: Registry
    settings: Mapping[str, Any]

    def model(self, name: str) -> Model:
        """Return a model by name."""
        if name not in self.models:
            raise InputError(f"{self.file}: unknown model {name!r}{nearest(name, self.models)}")
        return self.models[name]

    def origin(self, name: str) -> str:
        """Return whose tokenizer and packed rows a model has: a variant's are its origin's."""
        return self.model(name).origin or name

    def lineage(self, name: str) -> list[Model]:
        """Return the model's ancestors from base on, and the model itself."""
        model = self.models[name]
        return [*(self.lineage(model.parent) if model.parent else []), model]

    def dataset_names(self, model: str) -> list[str]:
        """Return the distinct data sets a model's stage trains on."""
        return list(dict.fromkeys(part.dataset for part in self.models[model].parts))

    @property
    def extensions(self) -> list[str]:
        """Return the models that extend a vocabulary."""
        return [name for name, model in self.models.items() if model.extend]

    @property
    def stages(self) -> list[str]:
        """Return the models that are trained."""
        return [name for name, model in self.models.items() if model.recipe]

    def shown(self, names: list[str]) -> list[str]:
        """Return those of `names` that a compared model is, or descends from."""
        wanted = {model.name for name in self.compare for model in self.lineage(name)}
        return [name for name in names if name in wanted]
