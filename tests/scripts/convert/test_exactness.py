"""Of several ways the first exact one is taken, and an architecture's errors are no crash."""

import torch

from scripts.common.files import write_json
from scripts.convert.exactness import describe, first_exact, read_verdict, try_ways


def fail() -> float:
    raise NotImplementedError("no cache\nof this kind")


def test_ways_are_tried_until_one_is_exact():
    ways = {"one": fail, "two": lambda: 2e-3, "three": lambda: 4e-7, "four": lambda: 0.0}
    tried = try_ways(ways)
    assert tried == {"one": "no cache", "two": 2e-3, "three": 4e-7}
    assert first_exact(tried) == "three"
    assert describe(tried) == "one: no cache, two differs by 2.0e-03"
    assert first_exact(try_ways(ways, every=True), ["two", "four"]) == "four"
    assert first_exact({"one": "no cache", "two": float("nan")}) is None


def test_measuring_uses_up_no_random_number():
    torch.manual_seed(3)
    expected = torch.rand(2)
    torch.manual_seed(3)
    try_ways({"one": lambda: float(torch.rand(1))})
    assert torch.equal(torch.rand(2), expected)


def test_what_was_written_of_another_model_or_is_damaged_counts_for_nothing(tmp_path):
    path = tmp_path / "base.json"
    assert read_verdict(path, "a") == {}
    write_json(path, {"mark": "a", "tried": {"pack": {"sdpa": 0.0}}})
    assert read_verdict(path, "b") == {}
    assert read_verdict(path, "c") == {}
    found = tmp_path / "other.json"
    write_json(found, {"mark": "a", "tried": {"pack": {"sdpa": 0.0}}})
    assert read_verdict(found, "a") == {"pack": {"sdpa": 0.0}}
    damaged = tmp_path / "damaged.json"
    damaged.write_text('{"mark": "a", "tr')
    assert read_verdict(damaged, "a") == {}
