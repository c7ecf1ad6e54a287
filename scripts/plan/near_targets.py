"""The target that a person meant: the file of a rule that is nearest to what was typed.

A study has more files than can be compared with a word (a model times a benchmark times a metric).
So each pattern of a rule's output is filled part by part with the names nearest to what stands at
its place, and the results are compared as a whole.
"""

import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from difflib import SequenceMatcher, get_close_matches

from scripts.common import limits
from scripts.plan.bundles import NO_FILE
from scripts.plan.convert import hub_models
from scripts.plan.data import hub_data, raw_files
from scripts.plan.tables import ablation_tables, paper_tables
from scripts.study.study import Study

WILDCARD = re.compile(r"\{(\w+)\}")
RAW = "results/raw/"
ALIKE = 0.6  # a name less like a word is no spelling of it
COMPARED = 20  # of the most alike so many are looked for among the rules' files

# What a wildcard may be: names that the study itself uses, then all that there are.
Names = tuple[Iterable[str], Iterable[str]]


class NearTargets:
    """What the rules of a study can make, searched by likeness."""

    def __init__(self, study: Study, patterns: Iterable[str]) -> None:
        """Take the patterns of the rules' outputs, ``results/models/{model}/stage.json``.

        Those with wildcards that are no names, such as the part of a data set that a job does, are
        left out.
        """
        self.study = study
        self.names = wildcard_names(study)
        self.found: dict[tuple[str, str, str], list[str]] = {}
        nothing = NO_FILE.rpartition("/")[2]
        self.patterns = [
            pattern
            for pattern in dict.fromkeys(patterns)
            if set(WILDCARD.findall(pattern)) <= self.names.keys()
            and pattern.split("/")[-1].split(".")[0] != nothing
        ]

    def find(self, typed: str, is_made: Callable[[str], bool]) -> str:
        """Return the nearest file that is made; nothing where none is, or the path is too long.

        Args:
            typed: a path in the form of the rules' outputs.
            is_made: tells whether a rule makes a file.
        """
        if len(typed) > limits.TARGET_CHARACTERS:
            return ""
        folder = typed.split("/")[:2]
        same = [pattern for pattern in self.patterns if pattern.split("/")[:2] == folder]
        return self.find_among(same, typed, is_made) or self.find_among(
            self.patterns, typed, is_made
        )

    def find_among(
        self, patterns: Sequence[str], typed: str, is_made: Callable[[str], bool]
    ) -> str:
        """Return the nearest file of some patterns that is made, nothing where none is."""
        filled = dict.fromkeys(path for pattern in patterns for path in self.fill(pattern, typed))
        # What lies in a folder that was typed comes first, then what is spelled most alike.
        within = [path for path in filled if path.startswith(f"{typed}/")]
        inside = not typed or typed.startswith("results")
        alike = get_close_matches(typed, filled, COMPARED, cutoff=0.0 if inside else ALIKE)
        alike.sort(key=lambda path: likeness(path, typed), reverse=True)
        within.sort(key=lambda path: path.count("/"))
        return next((path for path in dict.fromkeys([*within, *alike]) if is_made(path)), "")

    def fill(self, pattern: str, typed: str) -> Iterator[str]:
        """Yield a pattern filled with the names nearest to what was typed at their places."""
        if pattern.startswith(RAW):  # the name of a raw file has folders of its own
            yield from (RAW + name for name in self.near("{path}", typed.removeprefix(RAW), ""))
            return
        places = pattern.split("/")
        for words in align(typed.split("/"), len(places)):
            yield from self.fill_places(places, words)

    def fill_places(self, places: Sequence[str], words: Sequence[str]) -> Iterator[str]:
        """Yield the folders and the name of a pattern filled from the words at their places."""
        paths = [("", "")]  # each with the benchmark that is in it
        for place, word in zip(places, words, strict=True):
            pieces = place.split(".")
            typed = word.rsplit(".", len(pieces) - 1)
            typed += [""] * (len(pieces) - len(typed))
            marks = ["."] * (len(pieces) - 1) + ["/"]
            for piece, part, mark in zip(pieces, typed, marks, strict=True):
                paths = [
                    (f"{path}{name}{mark}", name if piece == "{benchmark}" else benchmark)
                    for path, benchmark in paths
                    for name in self.near(piece, part, benchmark)
                ]
        yield from (path[:-1] for path, _ in paths)

    def near(self, piece: str, word: str, benchmark: str) -> list[str]:
        """Return the names of a piece that are most like a word: of the study's, and of all.

        Args:
            benchmark: of a metric, what it is to score.
        """
        if "{" not in piece:
            return [piece]
        key = (piece, word, benchmark if piece == "{metric}" else "")
        if key not in self.found:
            self.found[key] = self.compare(piece, word, benchmark)
        return self.found[key]

    def compare(self, piece: str, word: str, benchmark: str) -> list[str]:
        """Return what `near` does."""
        wildcards = WILDCARD.findall(piece)
        names = {name: self.names[name] for name in wildcards}
        if piece == "{metric}":
            names["metric"] = self.metrics(benchmark)
        own, known = (
            [
                piece.format_map(dict(zip(wildcards, some, strict=True)))
                for some in itertools.product(*(names[name][which] for name in wildcards))
            ]
            for which in (0, 1)
        )
        if not word:
            return own[:1]
        likely, others = (
            get_close_matches(word, own, 1, 0.0),
            get_close_matches(word, known, 1, ALIKE),
        )
        return list(dict.fromkeys([*likely, *others]))

    def metrics(self, benchmark: str) -> Names:
        """Return the metrics that the study asks of a benchmark, and those of its task."""
        if benchmark not in self.study.registry.benchmark_names():
            return self.names["metric"]
        task, metrics = self.study.registry.benchmark(benchmark).task, self.study.registry.metrics
        known = [name for name, metric in metrics.items() if task in metric["tasks"]]
        return self.study.metrics.get(benchmark, known), known


def likeness(path: str, typed: str) -> float:
    """Return how much a path is like what was typed; its name counts as much as all of it."""
    pairs = ((path, typed), (path.rpartition("/")[2], typed.rpartition("/")[2]))
    return sum(SequenceMatcher(None, *pair).ratio() for pair in pairs)


def align(words: Sequence[str], count: int) -> Iterator[list[str]]:
    """Yield the parts of a path as `count` parts.

    Folders may be missing behind the first one, or at the end, or there are too many of them.
    """
    first, *rest = words
    missing = [""] * (count - len(words))
    yield [*words[:count], *missing]
    yield [first, *missing, *rest[len(rest) - (count - 1 - len(missing)) :]]


def wildcard_names(study: Study) -> dict[str, Names]:
    """Return what a study's wildcards may be, by their names."""
    registry = study.registry
    used = [name for model in study.stages for name in study.dataset_names(model)]
    raw = {**raw_files(study), **hub_models(study), **hub_data(study)}
    reviews = registry.reviews["reviews"]
    published = [f"{name}_{code}" for name, entry in reviews.items() for code in entry["languages"]]
    found: dict[str, Iterable[str]] = {
        "metric": registry.metrics,
        "name": registry.wordings,
        "paper": paper_tables(study),
        "ablation": ablation_tables(study),
        "path": raw,
        "review": [*reviews, *published],
        "language": dict.fromkeys(
            code for entry in reviews.values() for code in entry["languages"]
        ),
    }
    return {
        **{name: (known, ()) for name, known in found.items()},
        "model": (dict.fromkeys([study.main, *study.models]), ()),
        "dataset": (dict.fromkeys([*study.clean, *used]), registry.dataset_names()),
        "benchmark": ([one.name for one in study.benchmarks], registry.benchmark_names()),
    }
