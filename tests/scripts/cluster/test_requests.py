"""What a cluster offers is read from sinfo; what it cannot grant is told, with what to change."""

import pytest

from scripts.cluster.offers import parse_sinfo, read_gpus, read_partitions, to_minutes
from scripts.cluster.requests import Request, refuse
from scripts.common.errors import InputError

# The lab's two nodes, and forms that other clusters print.
SINFO = """\
node1|cpu*|2:00:00|2|4000|gpu:2|up|(null)
node1|gpu|2:00:00|2|4000|gpu:2|up|(null)
node2|cpu*|2:00:00|2|4000|gpu:2|up|(null)
big1|a100|3-00:00:00|64|512000|gpu:a100:4(S:0-1),lustre:1|up|ib,amd
big2|a100|3-00:00:00|64|1024000|gpu:a100:8(S:0-7)|up|ib
old|gone|infinite|8|16000|(null)|down|(null)
sinfo: warning: something
"""


@pytest.fixture
def partitions():
    return parse_sinfo(SINFO.splitlines())


def test_partitions_are_read(partitions):
    assert list(partitions) == ["cpu", "gpu", "a100", "gone"]
    assert [one.minutes for one in partitions.values()] == [120, 120, 4320, None]
    assert [len(one.nodes) for one in partitions.values()] == [2, 1, 2, 1]
    assert partitions["cpu"].is_default and not partitions["gone"].is_up
    assert partitions["a100"].nodes[0].features == {"ib", "amd"}


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("30:00", 30), ("2:00:00", 120), ("1-00:00:00", 1440), ("2-12", 3600), ("infinite", None),
     ("0:30", 1), ("10", 1)],
)  # fmt: skip
def test_times(text, minutes):
    assert to_minutes(text) == minutes


@pytest.mark.parametrize(
    ("text", "gpus"),
    [("gpu:2", {"": 2}), ("gpu:a100:4(S:0-1)", {"a100": 4}), ("(null)", {}), ("gpu", {"": 1}),
     ("gpu:a100:1,gpu:v100:2,mps:5", {"a100": 1, "v100": 2})],
)  # fmt: skip
def test_gpus(text, gpus):
    assert read_gpus(text) == gpus


GRANTED = [
    Request("pack_examples", minutes=120, memory_mib=4000, cpus=2),
    Request("train_model", "gpu", 120, 4000, 2, 2),
    Request("train_model", "a100", 4320, 512000, 64, 4, "a100", 2, "ib"),
    Request("train_model", "a100", 60, constraint="ib&amd"),
]


@pytest.mark.parametrize("request_", GRANTED)
def test_what_a_node_can_grant_is_let_through(request_, partitions):
    assert refuse(request_, partitions) is None


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (Request("train_model", "gpu", 1440), ["1,440 minutes", "gpu allows 120", "runtime"]),
        (Request("train_model", "gup"), ["no partition 'gup'", "did you mean 'gpu'"]),
        (Request("train_model", "gone"), ["partition gone is not up"]),
        (Request("train_model", "gpu", gpus=3), ["3 GPUs", "2 GPUs)", "train_model.gpu"]),
        (Request("train_model", "a100", gpus=8, nodes=2), ["2 nodes", "only 1 of them"]),
        (Request("train_model", "a100", gpus=1, gpu_type="h100"), ["1 GPUs of type h100"]),
        (Request("pack_examples", cpus=8), ["8 CPUs", "pack_examples.threads"]),
        (Request("score_neural", memory_mib=8000), ["8,000 MiB", "score_neural.mem_mb"]),
        (Request("score_neural", "a100", constraint="h"), ["the feature 'h'", "constraint"]),
    ],
)
def test_what_no_node_can_grant_is_told_with_the_key_to_change(asked, words, partitions):
    found = refuse(asked, partitions)
    assert found.startswith(f"{asked.rule}: ") and "slurm/site.yaml" in found
    for word in words:
        assert word in found


def test_a_cluster_without_a_default_partition(partitions):
    others = {name: one for name, one in partitions.items() if not one.is_default}
    assert "no default partition" in refuse(Request("x"), others)


def test_where_slurm_is_not_there_one_line_says_so(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match="sinfo: not found"):
        read_partitions()
