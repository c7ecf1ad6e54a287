"""Translation: a sentence is translated, and every translation the corpus has is a reference."""

from scripts.study.task import Asking, Record, Task, group_sources, word_translation


def build_translations(corpus: list[Record], asking: Asking) -> list[Record]:
    """Return a record a distinct source, with every translation the corpus has for it."""
    return [
        {"id": group["id"], **word_translation(group, asking), "references": group["targets"]}
        for group in group_sources(corpus, asking.longest)
    ]


TASK = Task(
    kinds=("parallel",),
    answered_by="generate",
    build=build_translations,
    translates=True,
    worded=True,
)
