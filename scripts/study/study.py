"""What to build: a study parsed and validated into frozen dataclasses. Rules ask it.

Every mistake raises `InputError`: one line with the file, the key, what was found and what was
expected. Nothing is downloaded or written before a study is known to be right.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from scripts.common.errors import InputError, nearest
from scripts.study.answer import Answer, merge_answer
from scripts.study.clean import Clean
from scripts.study.decontamination import Decontaminate
from scripts.study.extension import Extension
from scripts.study.harness import HarnessTask
from scripts.study.infer import Infer
from scripts.study.mixture import Group, Part
from scripts.study.recipe import Recipe
from scripts.study.registry import Benchmark, Registry
from scripts.study.run import Run
from scripts.study.score import Score

BASE = "base"


@dataclass(frozen=True)
class Model:
    """A model is its parent plus one stage: an extended vocabulary or a recipe on data.

    Of an extended one, `embeddings` is the method that initialises its new rows; new pieces that
    occur fewer than `prune` times in the text they come from are dropped (None: all stay);
    at most `shrink` of the parent's tokens that no text uses are dropped, or at most `replace` of
    them give their ids to new ones. `reference` is the English text that policies other than
    `script` are about.
    `origin` is the model that a variant of an ablation shares tokenizer and packed rows with.
    Of a model that is trained several times (`scripts.study.variants`), `seed` is its own (None:
    the study's), `sibling_of` the variant that differs in the seed only and has the name, `stem`
    the model whose grid's values it has, and `shares` the variant whose tokenizer and rows it has.
    """

    name: str
    parent: str | None
    format: str
    extend: tuple[tuple[str, Extension], ...] = ()
    embeddings: str = "subtokens"
    prune: int | None = None
    shrink: int | None = None
    replace: int | None = None
    reference: tuple[Part, ...] = ()
    recipe: Recipe | None = None
    data: tuple[Group, ...] = ()
    origin: str | None = None
    seed: int | None = None
    sibling_of: str | None = None
    stem: str | None = None
    shares: str | None = None

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
    """A whole study; built by `scripts.study.parse_study.load_study`.

    `limits`, `max_new_tokens` and `answers` have every benchmark of the study; None is what it
    leaves to the registry. `written` is the study's file as JSON, without `run`, which changes no
    number, and with those recipes of the registry that its models use.
    """

    file: str
    name: str
    seed: int
    base: str | Mapping[str, str]
    models: Mapping[str, Model]
    main: str
    compare: tuple[str, ...]
    benchmarks: tuple[Benchmark, ...]
    metrics: Mapping[str, tuple[str, ...]]
    limits: Mapping[str, int | None]
    max_new_tokens: Mapping[str, int | None]
    answers: Mapping[str, Answer]
    decontaminate: Decontaminate
    clean: Mapping[str, Clean]
    prompts: str  # the set of wordings, an entry of registry/wordings.yaml or its default
    texts: Mapping[str, tuple[Part, ...]]
    tables: Mapping[str, Mapping[str, str]]
    released_plus: str | None  # `release.plus`: the model whose word embeddings a release adds
    embedding_init: EmbeddingInit | None
    score: Score
    infer: Infer
    run: Run
    registry: Registry
    written: str
    harness: Mapping[str, HarnessTask]  # benchmarks of lm-evaluation-harness, by name

    @property
    def baseline(self) -> str:
        """Return the name of the model that changes are measured from."""
        return self.score.baseline

    def model(self, name: str) -> Model:
        """Return a model by name."""
        if name not in self.models:
            raise InputError(f"{self.file}: unknown model {name!r}{nearest(name, self.models)}")
        return self.models[name]

    def recipe(self, name: str) -> Recipe:
        """Return the recipe of a model that is trained."""
        recipe = self.model(name).recipe
        if recipe is None:
            raise InputError(f"{self.file}: models.{name}: it is extended, not trained")
        return recipe

    def answer(self, benchmark: str) -> Answer:
        """Return how a benchmark is answered: as the study says, or the registry."""
        if benchmark in self.answers:
            return self.answers[benchmark]
        return merge_answer(self.registry.benchmark(benchmark).entry.get("answer", {}), {})

    def origin(self, name: str) -> str:
        """Return whose tokenizer and packed rows a model has: a variant's are its origin's."""
        model = self.model(name)
        shared = model.origin or model.shares
        return self.origin(shared) if shared else name

    def model_seed(self, name: str) -> int:
        """Return the seed that a model is trained with: its own, or the study's."""
        own = self.model(name).seed
        return self.seed if own is None else own

    def siblings(self, name: str) -> list[str]:
        """Return the models that differ from one in their seed only."""
        return [model.name for model in self.models.values() if model.sibling_of == name]

    @property
    def scored(self) -> tuple[str, ...]:
        """Return the models that have all scores: those that are compared, each with siblings."""
        found = [one for name in self.compare for one in (name, *self.siblings(name))]
        return tuple(dict.fromkeys(found))

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
