"""Compute the MinHash signatures of a shard's records, by datatrove.

In: a shard of a corpus, as `clean_corpus` wrote it. Out: a folder with a file for each bucket of
hashes, which has the signatures of the shard's records, sorted.

Example::

    python -m scripts.data.sign_records --near-duplicates 0.8 --seed 1 --shard 3-of-8 \\
        --corpus results/shards/horizon_en-zh/cleaned/3-of-8.parquet \\
        --output results/shards/horizon_en-zh/signatures/3-of-8
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from datatrove.data import Document
from datatrove.pipeline.dedup.minhash import MinhashDedupSignature

from scripts.common.command import make_parser, run
from scripts.common.files import atomic_path
from scripts.data.corpus_blocks import open_corpus, read_groups
from scripts.data.minhash import GramWords, make_config
from scripts.data.record_texts import texts_of
from scripts.data.shards import parse_shard
from scripts.study.kinds import KINDS

GRAMS = 1 << 13  # n-grams that are hashed together


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    parser = make_parser("data.sign_records", __doc__)
    parser.add_argument("--corpus", required=True, type=Path, help="Parquet file of clean_corpus")
    parser.add_argument("--near-duplicates", required=True, type=float, help="similarity to find")
    parser.add_argument("--seed", required=True, type=int, help="of the hash functions")
    parser.add_argument("--shard", required=True, type=parse_shard, help="which it is, as 3-of-8")
    parser.add_argument("--output", required=True, type=Path, help="folder to write")
    return parser


def main(arguments: argparse.Namespace) -> None:
    """Write the signatures."""
    kind, file = open_corpus(arguments.corpus)
    config = make_config(arguments.near_duplicates, arguments.seed)
    with atomic_path(arguments.output) as partial:
        step = Signatures(str(partial), config, language=GramWords())
        step.run(read_documents(kind, file), rank=arguments.shard.number - 1)


class Signatures(MinhashDedupSignature):
    """datatrove's signatures, of a book without a product of all its words by all hashes."""

    def get_signature(self, shingles: np.ndarray) -> list[list[int]]:
        """Return the least hashes of (n, 1) n-grams, a list a bucket."""
        sign = super().get_signature
        if len(shingles) <= GRAMS:
            return sign(shingles)
        starts = range(0, len(shingles), GRAMS)
        parts = [sign(shingles[start : start + GRAMS]) for start in starts]
        return [np.min(bucket, axis=0).tolist() for bucket in zip(*parts, strict=True)]


def read_documents(kind: str, file: pq.ParquetFile) -> Iterator[Document]:
    """Yield each record's text, of a pair both sides together."""
    languages = ("",) * KINDS[kind].languages
    for block in read_groups(file):
        for record in block.to_pylist():
            text = "\n".join(text for _, text in texts_of(kind, languages, record))
            yield Document(text=text, id="")


if __name__ == "__main__":
    run(main, parser())
