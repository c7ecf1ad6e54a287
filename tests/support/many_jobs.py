"""A synthetic study of any size, and how many jobs Snakemake makes to plan one.

    python -m tests.support.many_jobs --snakefile Snakefile --dry-run …

is Snakemake, and prints at its end how many `Job`s it has made: as many as it plans, unless two
rules are for the same file.
"""

import sys
from itertools import chain
from typing import Any

import snakemake.cli
from snakemake.jobs import Job

LANGUAGES = ("ar", "el", "hi", "tr", "vi", "zh")
BENCHMARKS = [
    *chain.from_iterable((f"flores_en-{code}", f"flores_{code}-en") for code in LANGUAGES),
    *(f"xquad_{code}" for code in LANGUAGES),
]


def many_jobs(models: int, benchmarks: int) -> dict[str, Any]:
    """Return a study of so many stages, each with rows of its own: five jobs a model."""
    names = [f"m{number:04d}" for number in range(models)]
    rows = {name: f"everyday_en[0:{100 + n}] + everyday_zh" for n, name in enumerate(names)}
    recipe = {"objective": "response", "length": 128, "batch": 4, "steps": 6, "learning_rate": 1e-3}
    return {
        "name": "many-jobs",
        "base": "smollm2-135m-instruct",
        "recipes": {"short": recipe},
        "models": {
            name: {"from": "base", "recipe": "short", "data": data} for name, data in rows.items()
        },
        "main": names[0],
        "compare": ["base", *names],
        "benchmarks": {name: {} for name in BENCHMARKS[:benchmarks]},
    }


def main() -> None:
    """Run Snakemake and print the count."""
    made = 0
    initialize = Job.__init__

    def count(*arguments: Any, **options: Any) -> None:
        nonlocal made
        made += 1
        initialize(*arguments, **options)

    Job.__init__ = count
    try:
        snakemake.cli.main(sys.argv[1:])
    finally:
        print(f"jobs made: {made}")


if __name__ == "__main__":
    main()
