"""A sample is seeded, keeps the order, and hardly moves when the data grows."""

from scripts.common.sampling import take_sample


def sample(count: int, limit: int | None, seed: int) -> list[int]:
    records = [{"id": f"p{number}", "number": number} for number in range(count)]
    return [record["number"] for record in take_sample(records, limit, seed)]


def test_a_sample_is_seeded_and_in_order():
    first = sample(100, 20, 1)
    assert len(first) == 20
    assert first == sorted(first) == sample(100, 20, 1)
    assert first != sample(100, 20, 2)


def test_a_record_more_moves_at_most_one():
    assert len(set(sample(101, 20, 1)) & set(sample(100, 20, 1))) >= 19


def test_no_limit_or_a_large_one_takes_all():
    assert sample(5, None, 1) == sample(5, 9, 1) == list(range(5))
