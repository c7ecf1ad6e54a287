"""A study's wordings (`prompts`): a known set, that has a request for all that the study asks."""

from collections.abc import Iterable, Mapping

from scripts.common.errors import InputError
from scripts.study.kinds import KINDS
from scripts.study.parse_parts import known_name
from scripts.study.registry import Benchmark, Registry
from scripts.study.study import Model
from scripts.study.tasks import TASKS
from scripts.study.wordings import DEFAULT


def check_prompts(
    name: str, models: Mapping[str, Model], benchmarks: Iterable[Benchmark], registry: Registry
) -> None:
    """Refuse an unknown set, and one without a request for a direction that is trained or asked."""
    known_name(name, {DEFAULT: None, **registry.wordings}, "prompts: unknown wordings")
    directions = directions_of(name, registry)
    if directions is None:
        return
    for model in models.values():
        for part in model.parts:
            dataset = registry.dataset(part.dataset)
            if KINDS[dataset.kind].languages == 2 and not part.side:
                check_direction(dataset.languages, directions, name, f"models.{model.name}.data")
    for benchmark in benchmarks:
        if TASKS[benchmark.task].translates:
            check_direction(benchmark.languages, directions, name, f"benchmarks.{benchmark.name}")


def directions_of(name: str, registry: Registry) -> set[str] | None:
    """Return the directions that a set has requests for, None where it has them for all."""
    entry = registry.wordings.get(name)
    return {*entry["files"]} if entry and entry["form"] == "lines" else None


def check_direction(
    languages: tuple[str, ...], directions: set[str], name: str, place: str
) -> None:
    """Raise `InputError` where a set has no request for the direction."""
    if "-".join(languages) not in directions:
        raise InputError(
            f"{place}: prompts: {name} has no request for a translation {'-'.join(languages)}, "
            f"expected {' or '.join(sorted(directions))}"
        )
