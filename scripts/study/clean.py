"""How data sets are cleaned before anything is trained on them: nothing is, unless a study asks."""

from typing import Literal

from scripts.common.settings import key, names_of, settings

Quality = Literal["gopher", "repetition", "fineweb"]
WORDS: tuple[Quality, ...] = ("gopher", "repetition")  # need spaces between words


@settings
class Filters:
    """What is dropped of a data set, each record judged by itself."""

    language: float | None = key(
        "drop a record whose text, or a side of which, is in its language with less than this "
        "probability (fastText's lid.176)",
        default=None, exclusiveMinimum=0, maximum=1,
    )  # fmt: skip
    length_ratio: float | None = key(
        "drop a pair one side of which has more than so many times the other's UTF-8 bytes",
        default=None, minimum=1,
    )  # fmt: skip
    quality: tuple[Quality, ...] = key(
        "filters of running text, by datatrove", default=(), uniqueItems=True
    )


@settings
class Clean(Filters):
    """What is dropped of a data set, and how many jobs share the work."""

    near_duplicates: float | None = key(
        "keep only the first of records whose texts are so much alike: the share of 5-grams of "
        "words that they have in common (Jaccard, by MinHash)",
        default=None, minimum=0.3, maximum=1,
    )  # fmt: skip
    shards: int = key(
        "jobs that share the data set; the result is the same for any number", default=1,
        minimum=1, maximum=9999,
    )  # fmt: skip

    @property
    def drops(self) -> bool:
        """Tell whether anything but held-out text is dropped."""
        return bool(self.near_duplicates) or any(getattr(self, name) for name in FILTERS)


FILTERS = names_of(Filters)
