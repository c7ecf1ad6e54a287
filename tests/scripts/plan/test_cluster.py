"""What jobs ask of a cluster: by kind, by size, within what the partition allows."""

import pytest
import yaml

from scripts.cluster.offers import Node, Partition
from scripts.common.errors import InputError
from scripts.common.files import ROOT
from scripts.plan import cluster
from scripts.plan.cluster_groups import GROUPS, TOGETHER, group_of
from scripts.plan.cluster_rules import Cluster
from scripts.study.site import SITE_FILE, Site, read_site
from tests.support.studies import default_study

NODE = Node("n", 4, 8000, {"": 2}, frozenset())
PLACE = Partition("cpu", True, True, 120, (NODE, NODE))
SITE = Site(
    partitions={"gpu": "a100", "tiny": "short"}, resources={"pack_examples": {"partition": "big"}}
)


@pytest.mark.parametrize(
    ("rule", "kind", "partition"),
    [("download", "download", None), ("train_model", "gpu", "a100"), ("build_corpus", "cpu", None),
     ("pack_examples", "cpu", "big"), ("tabulate_scores", "tiny", "short")],
)  # fmt: skip
def test_jobs_go_where_their_kind_does(rule, kind, partition):
    study = default_study()
    assert cluster.kind_of(rule, study) == kind
    assert cluster.partition_of(rule, study, SITE) == partition


def test_downloads_and_tables_run_where_snakemake_does_unless_a_partition_is_for_them():
    study = default_study()
    assert cluster.is_local("download", study, Site())
    assert cluster.is_local("tabulate_scores", study, Site())
    assert not cluster.is_local("tabulate_scores", study, SITE)
    assert not cluster.is_local("build_corpus", study, Site())
    one = Site(resources={"download": {"partition": "internet"}})
    assert not cluster.is_local("download", study, one)
    assert cluster.is_local("fetch_dataset", study, one)


def test_a_study_that_trains_on_cpus_asks_for_no_gpu_partition():
    assert cluster.kind_of("train_model", default_study(run={"device": "cpu"})) == "cpu"


def test_a_stage_asks_for_time_by_its_size():
    study = default_study()
    small = cluster.wanted_minutes(study, "train_model", "x-smollm2-zh")
    longer = default_study(recipes={"instruct": {"steps": 10_000_000}})
    large = cluster.wanted_minutes(longer, "train_model", "x-smollm2-zh")
    more = default_study(
        recipes={"instruct": {"steps": 10_000_000}}, run={"devices": 8, "engine": "ddp"}
    )
    assert small == cluster.LEAST < large
    assert cluster.wanted_minutes(more, "train_model", "x-smollm2-zh") < large / 4
    assert cluster.wanted_minutes(study, "tabulate_scores") == cluster.SHORT


def test_what_is_asked_for_stays_within_the_partition():
    assert cluster.limited_minutes("train_model", 1440, PLACE) == 120
    assert cluster.limited_minutes("train_model", 60, PLACE) == 60
    assert cluster.limited_minutes("train_model", 1440, None) == 1440
    assert cluster.limited_minutes("build_corpus", 720, PLACE) * 8 <= 120
    assert [cluster.grown_memory(3000, n, PLACE) for n in (1, 2, 3)] == [3000, 6000, 8000]
    assert cluster.grown_memory(9000, 2, PLACE) == 9000  # too much from the start: it is refused
    assert cluster.grown_memory(3000, 4, None) == 12000
    assert cluster.limited_threads(8, PLACE) == 4
    assert cluster.limited_threads(8, None) == 8


def test_every_rule_that_is_named_is_there():
    named = cluster.DOWNLOAD | cluster.GPU | cluster.TINY | {*cluster.MINUTES}
    text = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "rules").glob("*.smk"))
    for name in named:
        assert f"rule {name}:" in text or f" as {name} with:" in text, name


def test_the_sites_file_has_an_example_of_each_key_and_says_nothing(tmp_path):
    assert read_site(ROOT / SITE_FILE) == Site()
    lines = (ROOT / SITE_FILE).read_text(encoding="utf-8").splitlines()
    example = [line.removeprefix("# ") for line in lines[3:]]
    path = tmp_path / "site.yaml"
    path.write_text("\n".join(example), encoding="utf-8")
    site = read_site(path)
    assert all(vars(site).values())
    assert set(site.partitions) == {"cpu", "gpu", "tiny", "download"}


@pytest.mark.parametrize(
    ("text", "words"),
    [("acount: x", ["acount", "did you mean 'account'"]), ("partitions: {cpus: x}", ["cpus"]),
     ("resources: {train_model: {runtime: 1h}}", ["resources.train_model.runtime"]),
     ("account: my group", ["account: found 'my group'", "without spaces"]),
     ("resources: {train_model: {constraint: \"a'b\"}}", ["resources.train_model.constraint"]),
     ("modules: [a, 'b;c']", ["modules.1: found 'b;c'"]),
     ("scratch: tmp", ["scratch: found 'tmp'", "a path from /"]),
     ("a: [", ["not valid YAML"]), ("a: b\0", ["not valid YAML: found the character '\\x00'"]),
     ("account: 12345", ["account: found 12345", "; put it in quotes"]),
     ("account: 2026-01-02", ["account: found ", "; put it in quotes"]),
     ("resources: {train_model: {runtime: '2:00:00'}}", ["a whole number of minutes"]),
     ("resources: {train_model: {mem_mb: -5}}", ["found -5, expected a whole number of MiB"]),
     ("[]", ["top level: found [], expected a mapping"]),
     ("0", ["top level: found 0, expected a mapping"]), ("'': 1", ["unknown key"])],
)  # fmt: skip
def test_a_mistake_in_the_sites_file_is_one_line(text, words, tmp_path):
    (tmp_path / "site.yaml").write_text(text)
    with pytest.raises(InputError) as error:
        read_site(tmp_path / "site.yaml")
    for word in words:
        assert word in str(error.value)
    assert "\n" not in str(error.value)


def test_a_sites_file_that_cannot_be_read_is_not_passed_over(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "slurm").mkdir()
    (tmp_path / SITE_FILE).symlink_to("nowhere")
    with pytest.raises(InputError, match=r"^slurm/site\.yaml: cannot be read"):
        read_site()


def test_a_rule_that_there_is_not_is_named():
    with pytest.raises(InputError, match=r"resources\.train_modle: no such rule; did you mean"):
        Site(resources={"train_modle": {}}).check_rules(["train_model"])


def test_the_profile_groups_as_the_plan_counts():
    profile = yaml.safe_load((ROOT / "slurm/profile.yaml").read_text(encoding="utf-8"))
    pairs = (entry.rpartition("=") for entry in profile["group-components"])
    assert {name: int(count) for name, _, count in pairs} == TOGETHER
    assert set(TOGETHER) == set(GROUPS.values())


def test_a_rule_with_a_partition_of_its_own_shares_no_submission():
    """Snakemake refuses a group whose jobs name several."""
    own = {"filter_corpus": {"partition": "big"}, "pack_examples": {"partition": "big"}}
    assert group_of("filter_corpus", own) is None and group_of("check_overlap", own) is None
    assert group_of("pack_examples", own) == "rows"
    assert group_of("check_overlap", {"filter_corpus": {"mem_mb": 9000}}) == "checks"
    assert group_of("train_model", own) is None


def test_a_shard_is_a_job_of_its_own():
    shards = {"build_shard", "clean_corpus", "sign_records", "match_signatures", "filter_shard",
              "check_shard"}  # fmt: skip
    assert shards.isdisjoint(GROUPS)


@pytest.mark.parametrize(
    ("rule", "run", "option"),
    [("train_model", {"nodes": 2, "devices": 4, "engine": "fsdp"}, "--gpus-per-node=a100:4"),
     ("train_model", {"devices": 4, "engine": "fsdp"}, None),
     ("train_model", {"nodes": 2, "engine": "fsdp", "device": "cpu"}, None),
     ("pack_examples", {"nodes": 2, "engine": "fsdp"}, None)],
)  # fmt: skip
def test_several_nodes_ask_for_the_sites_type_of_gpu(rule, run, option):
    found = Cluster(default_study(run=run), Site(gpu_type="a100"), {})
    assert found.node_gpus(rule) == option


def test_what_a_site_asks_for_jobs_that_slurm_does_not_get_is_refused():
    site = Site(resources={"download": {"runtime": 5}})
    site.check_rules(["download", "train_model"])
    with pytest.raises(InputError, match="download: its jobs run where Snakemake does"):
        site.check_rules(["download", "train_model"], local=["download"])
