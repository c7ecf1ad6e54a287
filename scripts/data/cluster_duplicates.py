"""Gather matching records to clusters, of which all but the first are near-duplicates.

In: the pairs of `match_signatures`, of all buckets. Out: a Parquet file with a line for each record
that is dropped, in the order of the corpus: its shard and row, counted from 0, and those of the
first record of its cluster, which is kept. Clusters are connected components: which records are in
one depends on no order.

Example::

    python -m scripts.data.cluster_duplicates \\
        --matches results/shards/horizon_en-zh/matches/{1,2}-of-2 \\
        --output results/shards/horizon_en-zh/duplicates.parquet
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from scripts.common.command import log, make_parser, run
from scripts.common.files import atomic_path

SHIFT = 32  # bits of a row; above it is the shard
LOW = (1 << SHIFT) - 1


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    parser = make_parser("data.cluster_duplicates", __doc__)
    parser.add_argument(
        "--matches", required=True, nargs="+", type=Path, help="folders of match_signatures"
    )
    parser.add_argument("--output", required=True, type=Path, help="Parquet file to write")
    return parser


def main(arguments: argparse.Namespace) -> None:
    """Write the records that are dropped."""
    dropped, kept = find_duplicates(read_pairs(arguments.matches))
    columns = {"shard": dropped >> SHIFT, "row": dropped & LOW}
    columns |= {"kept_shard": kept >> SHIFT, "kept_row": kept & LOW}
    table = pa.table({name: column.astype(np.uint32) for name, column in columns.items()})
    with atomic_path(arguments.output) as partial:
        pq.write_table(table, partial, compression="zstd")
    log.info("%d near-duplicates of %d records", len(dropped), len(np.unique(kept)))


def read_pairs(folders: Sequence[Path]) -> np.ndarray:
    """Return (n, 2) records that match, each its shard and row in one number, each pair once."""
    pairs = np.zeros((0, 2), np.int64)
    for file in sorted(file for folder in folders for file in folder.glob("*.dups")):
        found = np.fromfile(file, "<u4").reshape(-1, 4).astype(np.int64)
        numbers = np.stack([found[:, 0] << SHIFT | found[:, 1], found[:, 2] << SHIFT | found[:, 3]])
        pairs = np.unique(np.concatenate([pairs, numbers.T]), axis=0)
    return pairs


def find_duplicates(pairs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the records of clusters that are not the first of theirs, in order, and these."""
    # Only this needs scipy.
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    records, places = np.unique(pairs, return_inverse=True)
    first, second = places.reshape(pairs.shape).T
    size = len(records)
    links = coo_array((np.ones(len(pairs), np.int8), (first, second)), shape=(size, size))
    _, clusters = connected_components(links, directed=False)
    # Records are sorted, so the first of a cluster is the one that is met first.
    _, heads = np.unique(clusters, return_index=True)
    kept = records[heads[clusters]]
    return records[kept != records], kept[kept != records]


if __name__ == "__main__":
    run(main, parser())
