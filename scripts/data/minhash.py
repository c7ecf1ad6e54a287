"""MinHash signatures by datatrove: its settings, and words that it is given."""

from datatrove.pipeline.dedup.minhash import MinhashConfig
from datatrove.utils.hashing import HashConfig
from datatrove.utils.text import TextNormConfig
from loguru import logger

from scripts.data.buckets import plan_buckets
from scripts.data.words import Words

GRAM = 5  # words


def make_config(similarity: float, seed: int) -> MinhashConfig:
    """Return datatrove's settings, which are the same for all shards of a corpus."""
    logger.disable("datatrove")
    buckets = plan_buckets(similarity)
    # Numbers and marks stay: other numbers are another record, and without its marks Hindi is
    # another text.
    plain = TextNormConfig(norm_numbers=False, norm_unicode_diacritics=False)
    return MinhashConfig(
        n_grams=GRAM,
        num_buckets=buckets.count,
        hashes_per_bucket=buckets.hashes,
        seed=seed,
        norm_config=plain,
        hash_config=HashConfig(precision=32, hash_fc="sha1"),
    )


class GramWords(Words):
    """Words of a text, of which a short one has enough for one n-gram: it is found if it is equal.

    datatrove would pass over it.
    """

    def word_tokenize(self, text: str) -> list[str]:
        """Return a text's words, none where it has none."""
        words = super().word_tokenize(text)
        return words + [""] * (GRAM - len(words)) if words else []
