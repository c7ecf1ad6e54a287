"""Shards of a data set are jobs of their own: one that is killed is made again alone."""

import os
import signal

from tests.support import own_study
from tests.support.shards_study import CHECK, NAME, made, make_pairs, shards_study
from tests.support.slurm_runs import Flow, write_yaml
from tests.support.tiny_study import copy_base

SHARDS = 2
PATIENCE = 900  # seconds for what takes two minutes on an idle machine
KILLED, OTHER = "1-of-2", "2-of-2"


def test_a_shard_that_is_killed_is_made_again_alone_to_the_same_bytes(lab, fetched, tmp_path):
    there, here = (make_pairs(copy_base(fetched, tmp_path / name)) for name in ("slurm", "here"))
    flow = Flow(lab, there, there, [str(CHECK)], study=shards_study(SHARDS))
    try:
        flow.until(lambda: cleaning(flow), "a shard that is being cleaned", PATIENCE)
        for process in cleaning(flow):
            os.kill(process, signal.SIGKILL)
        write_yaml(here / "study.yaml", shards_study(1))
        own_study.run(here, str(CHECK))
        assert flow.wait(PATIENCE) == 0, flow.tell()
    finally:
        flow.close()
    assert made(there) == made(here)
    given = {
        (rule, shard): len(flow.numbers_of(rule, f"{NAME}_{shard}"))
        for rule in ("build_shard", "clean_corpus", "sign_records", "filter_shard", "check_shard")
        for shard in (KILLED, OTHER)
    }
    assert given.pop(("clean_corpus", KILLED)) == 2
    assert set(given.values()) == {1}


def cleaning(flow: Flow) -> list[int]:
    """Return the processes that clean the shard that is to be killed."""
    assert flow.process.poll() is None, flow.tell()
    return flow.processes("scripts.data.clean_corpus", KILLED)
