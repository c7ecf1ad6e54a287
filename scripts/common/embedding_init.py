"""The ablation of a study's `embedding_init`: the same stage from new rows that start otherwise."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from scripts.common.errors import InputError, nearest
from scripts.common.registry import Registry
from scripts.common.study import EmbeddingInit, Model

METHODS = ("mean", "mean_noise", "subtokens", "subtokens_weighted", "focus")


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
    stage, extended = find_stage(written["after"], models)
    benchmarks = find_texts(written, settings, registry)
    if not benchmarks and not written.get("report"):
        return None  # a study that measures no text has another purpose
    pairs = {}
    for method in dict.fromkeys([extended.embeddings, *written.get("methods", METHODS)]):
        pairs[method] = (extended.name, stage.name)
        if method != extended.embeddings:
            grown = vary(extended, method, embeddings=method)
            trained = vary(stage, method, parent=grown.name)
            models |= {grown.name: grown, trained.name: trained}
            pairs[method] = (grown.name, trained.name)
    ordered = {method: pairs[method] for method in METHODS if method in pairs}
    return EmbeddingInit(
        extended.embeddings, stage.name, ordered, benchmarks, written.get("report", False)
    )


def vary(model: Model, method: str, **changed: str) -> Model:
    """Return a variant of `model`."""
    return replace(model, name=f"{model.name}.{method}", origin=model.name, **changed)


def find_stage(name: str, models: Mapping[str, Model]) -> tuple[Model, Model]:
    """Return the stage and the extended model that it starts from."""
    key = "embedding_init.after"
    if name not in models:
        raise InputError(f"{key}: unknown model {name!r}{nearest(name, models)}")
    stage = models[name]
    if not stage.recipe or not models[stage.parent].extend:
        raise InputError(f"{key}: {name!r} is not trained right from a model with 'extend'")
    return stage, models[stage.parent]


def find_texts(
    written: Mapping[str, Any], settings: Mapping[str, Any], registry: Registry
) -> tuple[str, ...]:
    """Return the benchmarks that are measured: those written, or all texts of the study."""
    texts = [name for name in settings["benchmarks"] if registry.benchmark(name).task == "text"]
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
