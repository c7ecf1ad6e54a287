"""Translation: a sentence is translated, and every translation the corpus has is a reference."""

from collections.abc import Iterable, Iterator

from scripts.study.task import Asking, Record, Task, group_sources, word_translation


def build_translations(corpus: Iterable[Record], asking: Asking) -> Iterator[Record]:
    """Yield a record a distinct source, with every translation the corpus has for it."""
    for group in group_sources(corpus, asking):
        asked = word_translation(group, asking)
        yield {"id": group["id"], **asked, "references": group["targets"]}


TASK = Task(
    kinds=("parallel",),
    answered_by="generate",
    build=build_translations,
    translates=True,
    worded=True,
)
