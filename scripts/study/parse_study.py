"""Turns the mapping of a study file into a `Study`, checking every name in it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scripts.common.errors import InputError
from scripts.common.settings import from_mapping
from scripts.study import wordings
from scripts.study.answer import Answer, check_answer, check_length, merge_answer
from scripts.study.base_model import check_original
from scripts.study.decontamination import DEFAULT
from scripts.study.embedding_init import parse_embedding_init
from scripts.study.formats import name_formats
from scripts.study.infer import Infer
from scripts.study.judge import check_judge, check_judged
from scripts.study.mixture import Part, parse_expression
from scripts.study.names import check_own_names
from scripts.study.own_benchmarks import add_benchmarks
from scripts.study.own_sources import add_sources
from scripts.study.paper_tables import parse_tables
from scripts.study.parse_clean import parse_clean
from scripts.study.parse_harness import add_tasks, parse_tasks, rename_tasks
from scripts.study.parse_models import parse_models
from scripts.study.parse_parts import (
    check_parts,
    known_name,
    name_aliases,
    name_recipes,
    parse_recipe,
)
from scripts.study.parse_prompts import check_prompts
from scripts.study.registry import Benchmark, Registry, check_metrics
from scripts.study.run import SHARDING, Run
from scripts.study.score import Score
from scripts.study.study import Model, Study
from scripts.study.validate import check_schema


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
    check_own_names(settings, registry)
    registry = add_sources(settings, file, registry)
    tasks = parse_tasks(settings, file, registry)
    settings = name_formats(name_aliases(name_recipes(settings, registry), registry))
    written, settings = write_settings(settings), rename_tasks(settings)
    registry = add_tasks(tasks, add_benchmarks(settings, registry))
    texts = parse_texts(settings, registry)
    for name, recipe in settings.get("recipes", {}).items():
        parse_recipe(name, recipe, "chatml")
    models = parse_models(settings, registry, Path(file).parent)
    compare = compared_models(settings, models)
    score = from_mapping(Score, settings.get("score", {}))
    named = {"main": [settings["main"]], "compare": compare, "score.baseline": [score.baseline]}
    for key, names in named.items():
        for name in names:
            known_name(name, models, f"{key}: unknown model")
    if score.baseline not in compare:
        raise InputError(
            f"score.baseline: {score.baseline!r} is not among compare, the tables' rows"
        )
    benchmarks, metrics = parse_benchmarks(settings, registry)
    check_judge(score.judge, registry.reviews["judges"])
    check_judged(metrics, score.judge, registry.metrics)
    check_held_out(models, benchmarks, registry)
    prompts = settings.get("prompts", wordings.DEFAULT)
    check_prompts(prompts, models, benchmarks, registry)
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
        limits=benchmark_numbers(settings, "limit"),
        max_new_tokens=benchmark_numbers(settings, "max_new_tokens"),
        answers=parse_answers(settings, benchmarks, registry),
        decontaminate=settings.get("decontaminate", DEFAULT),
        clean=parse_clean(settings.get("clean", {}), registry, used_datasets(models, texts)),
        prompts=prompts,
        texts=texts,
        tables=tables,
        released_plus=parse_plus(settings),
        embedding_init=embedding_init,
        score=score,
        infer=from_mapping(Infer, settings.get("infer", {})),
        run=from_mapping(Run, settings.get("run", {})),
        registry=registry,
        written=written,
        harness=tasks,
    )


def compared_models(settings: Mapping[str, Any], models: Mapping[str, Model]) -> tuple[str, ...]:
    """Return the tables' rows: models, each with the variants of its grid.

    Variants by another seed are no rows of their own, unless the study names them.
    """
    rows = [name for name, model in models.items() if not model.sibling_of]
    asked = settings.get("compare") or rows
    varied = {name: [row for row in rows if models[row].stem == name] for name in asked}
    return tuple(dict.fromkeys(row for name in asked for row in (name, *varied[name])))


def used_datasets(models: Mapping[str, Model], texts: Mapping[str, tuple[Part, ...]]) -> list[str]:
    """Return the data sets that models are trained on, or learn their pieces from, once each."""
    groups = [part for model in models.values() for part in (*model.parts, *model.reference)]
    parts = [*groups, *(part for some in texts.values() for part in some)]
    return list(dict.fromkeys(part.dataset for part in parts))


def parse_plus(settings: Mapping[str, Any]) -> str | None:
    """Return the model whose word embeddings a release is summed with, or None."""
    plus: str | None = settings.get("release", {}).get("plus")
    if plus:
        check_original(plus, "release.plus")
    return plus


def check_run(settings: Mapping[str, Any], models: Mapping[str, Model]) -> None:
    """Refuse settings of a run that its engine would ignore, or cannot carry out."""
    run = from_mapping(Run, settings.get("run", {}))
    engine = run.engine
    if "zero" in settings.get("run", {}) and engine != "deepspeed":
        raise InputError(f"run.zero: only deepspeed has stages, found engine {engine}")
    if run.offload != "none" and engine not in SHARDING:
        raise InputError(f"run.offload: expected engine deepspeed or fsdp, found {engine}")
    for model in models.values():
        if model.recipe and model.recipe.precision == "fp16" and engine == "fsdp":
            raise InputError(f"models.{model.name}: fsdp trains in bf16 or fp32, found fp16")


def parse_benchmarks(
    settings: Mapping[str, Any], registry: Registry
) -> tuple[tuple[Benchmark, ...], dict[str, tuple[str, ...]]]:
    """Return the study's benchmarks and the metrics of each."""
    benchmarks, metrics = [], {}
    for name, value in settings["benchmarks"].items():
        try:
            benchmark = registry.benchmark(name)
        except InputError as error:
            raise InputError(f"benchmarks: {error}") from None
        asked = (value or {}).get("metrics", benchmark.entry["metrics"])
        check_metrics(asked, benchmark.task, f"benchmarks.{name}.metrics")
        benchmarks.append(benchmark)
        metrics[name] = tuple(asked)
    return tuple(benchmarks), metrics


def parse_answers(
    settings: Mapping[str, Any], benchmarks: tuple[Benchmark, ...], registry: Registry
) -> dict[str, Answer]:
    """Return how each benchmark is answered."""
    answers = {}
    for benchmark in benchmarks:
        entry = benchmark.entry
        written = settings["benchmarks"][benchmark.name] or {}
        answer = merge_answer(entry.get("answer", {}), written.get("answer", {}))
        try:
            check_answer(
                answer, entry["task"], entry.get("list_choices", False), benchmark.languages
            )
            check_shots(answer, benchmark.name, registry)
        except InputError as error:
            raise InputError(f"benchmarks.{benchmark.name}.answer.{error}") from None
        try:
            check_length(answer, entry["task"], written)
        except InputError as error:
            raise InputError(f"benchmarks.{benchmark.name}.{error}") from None
        answers[benchmark.name] = answer
    return answers


def check_shots(answer: Answer, name: str, registry: Registry) -> None:
    """Refuse examples for a benchmark that has none in its language."""
    if answer.shots:
        try:
            registry.exemplars(name)
        except InputError as error:
            raise InputError(f"shots: {answer.shots}: {error}") from None


def benchmark_numbers(settings: Mapping[str, Any], key: str) -> dict[str, int | None]:
    """Return a key of every benchmark, None where the study does not write it."""
    return {name: (value or {}).get(key) for name, value in settings["benchmarks"].items()}


def write_settings(settings: Mapping[str, Any]) -> str:
    """Return the settings as JSON, without what changes no number."""
    kept = {key: value for key, value in settings.items() if key != "run"}
    return json.dumps(kept, ensure_ascii=False)


def check_held_out(
    models: Mapping[str, Model], benchmarks: tuple[Benchmark, ...], registry: Registry
) -> None:
    """Refuse to train on the very data set a benchmark is made from, in any direction."""
    held_out = {
        id(dataset.entry): benchmark.name
        for benchmark in benchmarks
        for dataset in benchmark.datasets
    }
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
            check_alias(name, registry)
            parts = parse_expression(name, aliases)
            check_parts(list(parts), settings, registry)
        except InputError as error:
            raise InputError(f"data.{name}: {error}") from None
        if name in registry.languages:
            check_language(name, parts, registry)
            texts[name] = parts
    return texts


def check_alias(name: str, registry: Registry) -> None:
    """Refuse an alias that has the name of a data set, which it would hide."""
    if name.rpartition("_")[0] not in registry.datasets:
        return
    try:
        registry.dataset(name)
    except InputError:
        return
    raise InputError("there is a data set of this name; choose another")


def check_language(language: str, parts: tuple[Part, ...], registry: Registry) -> None:
    """Refuse a language's text that is made of data in other languages."""
    for part in parts:
        languages = registry.dataset(part.dataset).languages
        if language not in ([part.side] if part.side else languages):
            raise InputError(
                f"data.{language}: {part.dataset} has no text in {language!r}, "
                f"found {part.side or ' and '.join(languages)}"
            )
