"""Turns the mapping of a study file into a `Study`, checking every name in it."""

import re
from collections.abc import Mapping
from typing import Any

from scripts.common.errors import InputError, nearest
from scripts.common.settings import from_mapping
from scripts.study.base_model import check_base
from scripts.study.embedding_init import parse_embedding_init
from scripts.study.extension import parse_extensions
from scripts.study.infer import Infer
from scripts.study.judge import check_judge, check_judged
from scripts.study.kinds import KINDS
from scripts.study.mixture import Part, parse_expression, parse_mixture
from scripts.study.paper_tables import parse_tables
from scripts.study.prompts import get_format, load_prompts
from scripts.study.recipe import Recipe
from scripts.study.registry import Benchmark, Registry, check_metrics
from scripts.study.run import Run
from scripts.study.score import Score
from scripts.study.study import BASE, Model, Study
from scripts.study.validate import check_schema

RESERVED = {
    "auxiliary", "benchmarks", "checkpoints", "checks", "clean", "comparisons", "corpora",
    "judgements", "logs", "models", "packed", "predictions", "raw", "records", "tables", "timings",
    "tokenizers",
}  # fmt: skip
EXTENDING = ("embeddings", "prune")  # keys of a model that only a stage with `extend` has


def load_study(settings: Mapping[str, Any], file: str) -> Study:
    """Validate a study's settings and return it; `file` is named in messages."""
    check_schema(settings, "study", file)
    try:
        return build_study(settings, file)
    except InputError as error:
        text = str(error)
        named = text.startswith((f"{file}: ", "registry/", "prompts/", "published/"))
        raise InputError(text if named else f"{file}: {text}") from None


def build_study(settings: Mapping[str, Any], file: str) -> Study:
    """Build the study from settings that fit the schema."""
    registry = Registry()
    settings = name_recipes(settings, registry)
    texts = parse_texts(settings, registry)
    for name, recipe in settings.get("recipes", {}).items():
        parse_recipe(name, recipe, "chatml")
    models = parse_models(settings, registry)
    compare = tuple(settings.get("compare") or models)
    score = from_mapping(Score, settings.get("score", {}))
    named = {"main": [settings["main"]], "compare": compare, "score.baseline": [score.baseline]}
    for key, names in named.items():
        for name in names:
            known_name(name, models, f"{key}: unknown model")
    if score.baseline not in compare:
        raise InputError(
            f"score.baseline: {score.baseline!r} is not among compare, the tables' rows"
        )
    benchmarks, metrics, limits = parse_benchmarks(settings, registry)
    check_judge(score.judge, registry.reviews["judges"])
    check_judged(metrics, score.judge, registry.metrics)
    check_held_out(models, benchmarks, registry)
    tables = parse_tables(settings, models)
    embedding_init = parse_embedding_init(settings, models, registry)
    check_run(settings, models)
    return Study(
        file=file,
        name=settings["name"],
        seed=settings.get("seed", 1),
        base=settings["base"],
        models=models,
        main=settings["main"],
        compare=compare,
        benchmarks=benchmarks,
        metrics=metrics,
        limits=limits,
        texts=texts,
        tables=tables,
        embedding_init=embedding_init,
        score=score,
        infer=from_mapping(Infer, settings.get("infer", {})),
        run=from_mapping(Run, settings.get("run", {})),
        registry=registry,
        settings=settings,
    )


def name_recipes(settings: Mapping[str, Any], registry: Registry) -> Mapping[str, Any]:
    """Return the settings with those recipes of the registry that models use written out.

    A study may not give one of the registry's names to another recipe: the papers' recipes are
    the same in every study and report.
    """
    written = settings.get("recipes", {})
    for name in written:
        if name in registry.recipes:
            raise InputError(
                f"recipes.{name}: registry/recipes.yaml has a recipe of this name; choose another"
            )
    asked = [model["recipe"] for model in settings["models"].values() if "recipe" in model]
    found = {
        name: registry.recipes[name]["values"]
        for name in dict.fromkeys(asked)
        if name in registry.recipes
    }
    return {**settings, "recipes": {**found, **written}} if found else settings


def known_name(name: str, known: Mapping[str, Any], what: str) -> None:
    """Raise `InputError` unless `name` is known."""
    if name not in known:
        raise InputError(f"{what} {name!r}{nearest(name, known)}")


def parse_models(settings: Mapping[str, Any], registry: Registry) -> dict[str, Model]:
    """Return the models in an order in which parents come first, `base` before all."""
    models = {BASE: Model(BASE, None, base_format(settings["base"], registry))}
    written = settings["models"]
    for name in written:
        check_name(name)
    while len(models) <= len(written):
        ready = [name for name in written if name not in models and written[name]["from"] in models]
        if not ready:
            raise orphan_error(written, models)
        for name in ready:
            parent = models[written[name]["from"]]
            models[name] = parse_model(name, parent, settings, registry)
    check_new_rows(models)
    return {name: models[name] for name in [BASE, *written]}


def check_new_rows(models: Mapping[str, Model]) -> None:
    """Refuse to train the new rows of a model that has none."""
    grown = set()  # models come parents first
    for model in models.values():
        if model.extend or model.parent in grown:
            grown.add(model.name)
        elif model.recipe and model.recipe.trains == "new_rows":
            raise InputError(
                f"models.{model.name}: 'trains: new_rows', but no model that it descends from "
                "has 'extend'"
            )


def check_name(name: str) -> None:
    """Refuse names that would collide with folders of ``results/`` or break paths."""
    if name == BASE or name in RESERVED or not re.fullmatch(r"[A-Za-z0-9][\w-]*", name, re.ASCII):
        raise InputError(
            f"models.{name}: the name is reserved, or not made of letters, digits, '-' and '_'"
        )


def orphan_error(written: Mapping[str, Any], models: Mapping[str, Model]) -> InputError:
    """Say why no further model can be built: an unknown parent, or a cycle of parents."""
    left = [name for name in written if name not in models]
    for name in left:
        parent = written[name]["from"]
        if parent not in written:
            return InputError(
                f"models.{name}.from: unknown model {parent!r}{nearest(parent, [BASE, *written])}"
            )
    chain = [left[0]]
    while chain[-1] not in chain[:-1]:
        chain.append(written[chain[-1]]["from"])
    cycle = chain[chain.index(chain[-1]) :]
    return InputError(f"models.{cycle[0]}.from: a cycle of parents: {' → '.join(cycle)}")


def base_format(base: str | Mapping[str, str], registry: Registry) -> str:
    """Return the prompt format of the base model."""
    if isinstance(base, str):
        if "/" in base:
            raise InputError(f"base: found a path; write {{from: {base}, format: brief}}")
        known_name(base, registry.models, "base: unknown model")
        return known_format(registry.models[base]["format"], f"registry/models.yaml: {base}.format")
    check_base(base)
    return known_format(base["format"], "base.format")


def known_format(name: str, key: str) -> str:
    """Return the name of a prompt format if there is such a one."""
    known_name(name, load_prompts("formats"), f"{key}: unknown format")
    get_format(name)
    return name


def parse_model(name: str, parent: Model, settings: Mapping[str, Any], registry: Registry) -> Model:
    """Parse one entry of `models` whose parent is known."""
    written = settings["models"][name]
    if "extend" in written:
        if "recipe" in written or "data" in written:
            raise InputError(f"models.{name}: a stage either extends or trains; split it into two")
        extend = parse_extensions(name, settings, registry)
        how = {key: written[key] for key in EXTENDING if key in written}
        if how.get("embeddings") == "focus":
            check_focus(name, extend, settings)
        return Model(name, parent.name, parent.format, extend=extend, **how)
    for key in EXTENDING:
        if key in written:
            raise InputError(f"models.{name}.{key}: only a stage with 'extend' has new pieces")
    if "recipe" not in written or "data" not in written:
        raise InputError(f"models.{name}: expected 'extend', or 'recipe' and 'data'")
    recipes = settings.get("recipes", {})
    known = {**registry.recipes, **recipes}
    known_name(written["recipe"], known, f"models.{name}.recipe: unknown recipe")
    recipe = parse_recipe(written["recipe"], recipes[written["recipe"]], parent.format)
    try:
        data = parse_mixture(written["data"], settings.get("data", {}))
        check_parts([part for group in data for part in group.parts], settings, registry)
    except InputError as error:
        raise InputError(f"models.{name}.data: {error}") from None
    if not data:
        raise InputError(f"models.{name}.data: every weight is zero")
    if recipe.epochs and len(data) > 1:
        raise InputError(f"models.{name}: weights need a recipe with 'steps', found 'epochs'")
    return Model(name, parent.name, recipe.format or parent.format, recipe=recipe, data=data)


def check_focus(
    name: str, extend: tuple[tuple[str, Any], ...], settings: Mapping[str, Any]
) -> None:
    """Refuse FOCUS for a language without text: it needs some, even where pieces come ready."""
    for language, _ in extend:
        if language not in settings.get("data", {}):
            raise InputError(
                f"models.{name}.embeddings: focus learns from text; expected data.{language}"
            )


def parse_recipe(name: str, written: Mapping[str, Any], inherited: str) -> Recipe:
    """Return a recipe; its format is the parent's where it names none."""
    if ("steps" in written) == ("epochs" in written):
        raise InputError(f"recipes.{name}: expected either 'steps' or 'epochs'")
    if written.get("floor") and written.get("schedule", "cosine") != "cosine":
        raise InputError(f"recipes.{name}.floor: only a cosine schedule has one")
    if written.get("trains") == "new_rows" and "lora" in written:
        raise InputError(f"recipes.{name}: either lora or 'trains: new_rows', which adds no matrix")
    recipe = from_mapping(Recipe, {"format": inherited, **written})
    known_format(recipe.format or inherited, f"recipes.{name}.format")
    return recipe


def check_run(settings: Mapping[str, Any], models: Mapping[str, Model]) -> None:
    """Refuse settings of a run that its engine would ignore, or cannot carry out."""
    run = from_mapping(Run, settings.get("run", {}))
    engine = run.engine
    if "zero" in settings.get("run", {}) and engine != "deepspeed":
        raise InputError(f"run.zero: only deepspeed has stages, found engine {engine}")
    if run.offload != "none" and engine in ("single", "ddp"):
        raise InputError(f"run.offload: expected engine deepspeed or fsdp, found {engine}")
    for model in models.values():
        if model.recipe and model.recipe.precision == "fp16" and engine == "fsdp":
            raise InputError(f"models.{model.name}: fsdp trains in bf16 or fp32, found fp16")


def check_parts(parts: list[Part], settings: Mapping[str, Any], registry: Registry) -> None:
    """Check every data set, and every side of one, against the registry."""
    for part in parts:
        try:
            dataset = registry.dataset(part.dataset)
        except InputError as error:
            close = nearest(part.dataset, settings.get("data", {}))
            hint = close if close.startswith("; did") and "; did" not in str(error) else ""
            raise InputError(f"{error}{hint}") from None
        if not KINDS[dataset.kind].trained:
            raise InputError(f"{part.dataset}: a {dataset.kind} set cannot be trained on")
        if part.side and (dataset.kind != "parallel" or part.side not in dataset.languages):
            raise InputError(
                f"{part.dataset}.{part.side}: expected a side of a parallel data set: "
                f"{' or '.join(dataset.languages)}"
            )


def parse_benchmarks(
    settings: Mapping[str, Any], registry: Registry
) -> tuple[tuple[Benchmark, ...], dict[str, tuple[str, ...]], dict[str, int | None]]:
    """Return the study's benchmarks, the metrics of each, and how many records of it are used."""
    written: dict[str, dict[str, Any]] = {
        name: value or {} for name, value in settings["benchmarks"].items()
    }
    benchmarks, metrics = [], {}
    for name, value in written.items():
        try:
            benchmark = registry.benchmark(name)
        except InputError as error:
            raise InputError(f"benchmarks: {error}") from None
        asked = value.get("metrics", benchmark.entry["metrics"])
        check_metrics(asked, benchmark.task, f"benchmarks.{name}.metrics")
        benchmarks.append(benchmark)
        metrics[name] = tuple(asked)
    return tuple(benchmarks), metrics, {name: v.get("limit") for name, v in written.items()}


def check_held_out(
    models: Mapping[str, Model], benchmarks: tuple[Benchmark, ...], registry: Registry
) -> None:
    """Refuse to train on the very data set a benchmark is made from, in any direction."""
    held_out = {id(benchmark.dataset.entry): benchmark.name for benchmark in benchmarks}
    for model in models.values():
        for part in model.parts:
            benchmark = held_out.get(id(registry.dataset(part.dataset).entry))
            if benchmark:
                raise InputError(
                    f"models.{model.name}.data: {part.dataset} is held out for the benchmark "
                    f"{benchmark}; train on another data set or drop the benchmark"
                )


def parse_texts(settings: Mapping[str, Any], registry: Registry) -> dict[str, tuple[Part, ...]]:
    """Return, for every alias named after a language, the texts it names."""
    aliases = settings.get("data", {})
    texts = {}
    for name in aliases:
        try:
            parts = parse_expression(name, aliases)
            check_parts(list(parts), settings, registry)
        except InputError as error:
            raise InputError(f"data.{name}: {error}") from None
        if name in registry.languages:
            check_language(name, parts, registry)
            texts[name] = parts
    return texts


def check_language(language: str, parts: tuple[Part, ...], registry: Registry) -> None:
    """Refuse a language's text that is made of data in other languages."""
    for part in parts:
        languages = registry.dataset(part.dataset).languages
        if language not in ([part.side] if part.side else languages):
            raise InputError(
                f"data.{language}: {part.dataset} has no text in {language!r}, "
                f"found {part.side or ' and '.join(languages)}"
            )
