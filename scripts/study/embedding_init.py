"""The ablation of a study's `embedding_init`: the same stage from new rows that start otherwise."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from scripts.common.errors import InputError, nearest
from scripts.study.embedding_methods import METHODS
from scripts.study.registry import Registry
from scripts.study.study import EmbeddingInit, Model
from scripts.study.tasks import tasks_answered_by


def parse_embedding_init(
    settings: Mapping[str, Any], models: dict[str, Model], registry: Registry
) -> EmbeddingInit | None:
    """Return the study's ablation, and add the models that it needs to `models`.

    None without one, or where the benchmarks have no text to measure and no report asks for it.

    A variant shares its origin's tokenizer and packed rows, so that nothing but the new rows'
    start differs. Its name is the origin's with the method behind a dot, which no name of a user
    has.
    """
    written = settings.get("embedding_init")
    if written is None:
        return None
    extended, *stages = find_chain(written["after"], models)
    assert extended.parent  # only base has none, and base extends nothing
    benchmarks = find_texts(written, settings, registry)
    if not benchmarks and not written.get("report"):
        return None  # a study that measures no text has another purpose
    pairs = {extended.embeddings: (extended.name, stages[-1].name)}
    for method in written.get("methods", METHODS):
        if method not in pairs:
            first = vary(extended, method, extended.parent)
            varied = [replace(first, embeddings=method)]
            for stage in stages:
                varied.append(vary(stage, method, varied[-1].name))
            models |= {model.name: model for model in varied}
            pairs[method] = (varied[0].name, varied[-1].name)
    return EmbeddingInit(
        baseline=extended.embeddings,
        after=written["after"],
        parent=extended.parent,
        pairs={method: pairs[method] for method in METHODS if method in pairs},
        benchmarks=benchmarks,
        report=written.get("report", False),
    )


def vary(model: Model, method: str, parent: str) -> Model:
    """Return a variant of `model` with another parent."""
    name = f"{model.name}.{method}"
    return replace(model, name=name, origin=model.name, parent=parent)


def find_chain(name: str, models: Mapping[str, Model]) -> list[Model]:
    """Return the extended model that a stage descends from, and the stages on the way to it."""
    key = "embedding_init.after"
    if name not in models:
        raise InputError(f"{key}: unknown model {name!r}{nearest(name, models)}")
    chain = [models[name]]
    while not chain[0].extend and chain[0].parent:
        chain.insert(0, models[chain[0].parent])
    if not chain[0].extend or len(chain) == 1:
        raise InputError(f"{key}: {name!r} is not trained from a model with 'extend'")
    return chain


def find_texts(
    written: Mapping[str, Any], settings: Mapping[str, Any], registry: Registry
) -> tuple[str, ...]:
    """Return the benchmarks that are measured: those written, or all texts of the study."""
    measured = tasks_answered_by("measure_text")
    texts = [name for name in settings["benchmarks"] if registry.benchmark(name).task in measured]
    asked = written.get("benchmarks", texts)
    for name in asked:
        if name not in texts:
            raise InputError(
                f"embedding_init.benchmarks: {name!r} is no text among the study's benchmarks"
                f"{nearest(name, texts)}"
            )
    if not asked and written.get("report"):
        raise InputError("embedding_init.report: the study's benchmarks have no text to measure")
    return tuple(asked)
