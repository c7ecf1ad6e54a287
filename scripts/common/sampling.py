"""A sample that stays the same when the data around it changes."""

import hashlib


def take_sample(records: list[dict], limit: int | None, seed: int) -> list[dict]:
    """Return `limit` records in their order (all where there is no limit or too few).

    Each record's own id decides whether it is in: a record added to or taken from the data moves
    at most one other.
    """
    if limit is None or len(records) <= limit:
        return records

    def rank(record: dict) -> str:
        return hashlib.sha256(f"{seed}{record['id']}".encode()).hexdigest()

    last = sorted(map(rank, records))[limit - 1]
    return [record for record in records if rank(record) <= last]
