"""Find records with equal MinHash signatures in any shard of a corpus, by datatrove.

In: the signatures of all shards. Out: a folder with a file for each bucket of hashes that is this
job's, of pairs of records. Buckets are dealt out to jobs by their number, and each is searched
alone, so that pairs are the same for any number of jobs.

Example::

    python -m scripts.data.match_signatures --near-duplicates 0.8 --seed 1 --share 1-of-1 \\
        --signatures results/shards/horizon_en-zh/signatures/{1,2}-of-2 \\
        --output results/shards/horizon_en-zh/matches/1-of-1
"""

import argparse
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from datatrove.pipeline.dedup.minhash import MinhashDedupBuckets

from scripts.common.command import make_parser, run
from scripts.common.files import atomic_path
from scripts.data.minhash import make_config
from scripts.data.shards import parse_shard

BUFFERED = 1 << 14  # signatures of a shard that are read together


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    parser = make_parser("data.match_signatures", __doc__)
    parser.add_argument(
        "--signatures", required=True, nargs="+", type=Path, help="folders of sign_records"
    )
    parser.add_argument("--near-duplicates", required=True, type=float, help="similarity to find")
    parser.add_argument("--seed", required=True, type=int, help="of the hash functions")
    parser.add_argument("--share", required=True, type=parse_shard, help="of the jobs, as 3-of-8")
    parser.add_argument("--output", required=True, type=Path, help="folder to write")
    return parser


def main(arguments: argparse.Namespace) -> None:
    """Write the pairs of every bucket that is this job's."""
    config = make_config(arguments.near_duplicates, arguments.seed)
    share = arguments.share
    with atomic_path(arguments.output) as partial, joined(arguments.signatures) as folder:
        partial.mkdir()
        step = MinhashDedupBuckets(
            str(folder), str(partial), config=config, lines_to_buffer=BUFFERED
        )
        for bucket in range(share.number - 1, config.num_buckets, share.count):
            step.run(None, rank=bucket, world_size=config.num_buckets)


@contextmanager
def joined(folders: Sequence[Path]) -> Iterator[Path]:
    """Yield a folder that has the signatures of all shards, as datatrove expects them."""
    with TemporaryDirectory() as name:
        for file in (file for folder in folders for file in folder.glob("*/*")):
            link = Path(name, file.parent.name, file.name)
            link.parent.mkdir(exist_ok=True)
            link.symlink_to(file.resolve())
        yield Path(name)


if __name__ == "__main__":
    run(main, parser())
