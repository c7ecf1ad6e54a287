"""What a job's own process does on its node before anything else: modules, scratch, no network."""

import itertools
import os
import sys
from collections.abc import Iterable, MutableMapping, Sequence
from pathlib import Path
from typing import Any

from scripts.cluster.modules import load_modules
from scripts.cluster.scratch import COPY_ROWS, enter_scratch
from scripts.common.errors import InputError
from scripts.common.escapes import error_line
from scripts.common.files import read_json, remove, write_json
from scripts.plan.cluster import DOWNLOAD
from scripts.study.site import SITE_FILE, Site, read_site

# Nodes see no network: what would ask a hub finds at once what it has here, or fails.
OFFLINE = ("HF_HUB_OFFLINE", "HF_DATASETS_OFFLINE", "TRANSFORMERS_OFFLINE")
BEGUN = "LINGRAFT_JOB_BEGUN"  # the processes that Snakemake nests in a job do it once
TARGETS = "--target-jobs"
# Of jobs that a node could not begin, for the process that has submitted them.
MISTAKES = Path(".snakemake/mistakes")


def begin_job(workflow: Any) -> None:
    """Prepare the environment of a job that Slurm has started; a mistake ends it with one line."""
    number = os.environ.get("SLURM_JOB_ID")
    if not workflow.remote_exec or number is None or BEGUN in os.environ:
        return
    rules = {job.partition(":")[0] for job in target_jobs(sys.argv)}
    try:
        prepare_job(read_site(), rules, os.environ)
    except InputError as error:
        write_json(MISTAKES / f"{number}.json", {"rules": sorted(rules), "error": str(error)})
        raise SystemExit(error_line(error)) from None


def prepare_job(site: Site, rules: Iterable[str], environment: MutableMapping[str, str]) -> None:
    """Let an environment be that of a job of these rules.

    Raises:
        InputError: if a module cannot be loaded, or the node has no such scratch.
    """
    environment[BEGUN] = "1"
    loaded = load_modules(site.modules, f"{SITE_FILE}: modules", environment)
    for name in environment.keys() - loaded.keys():
        del environment[name]
    environment.update(loaded)
    if not DOWNLOAD.issuperset(rules):
        environment.update(dict.fromkeys(OFFLINE, "1"))
    if site.scratch:
        enter_scratch(site.scratch, f"{SITE_FILE}: scratch", environment)
        environment[COPY_ROWS] = str(int(site.rows_on_scratch))


def target_jobs(command: Sequence[str]) -> list[str]:
    """Return the jobs that Snakemake's command line names, as its executors do: ``rule:a=b,c=d``.

    None in a process that a person has started.
    """
    start = command.index(TARGETS) + 1 if TARGETS in command else len(command)
    words = itertools.takewhile(lambda word: not word.startswith("--"), command[start:])
    return list(words)


def forget_mistakes() -> None:
    """Remove the notes of an earlier run."""
    remove(MISTAKES)


def read_mistakes(rule: str) -> list[str]:
    """Return why nodes could not begin jobs of a rule in this run, each once."""
    notes = [read_json(path) for path in sorted(MISTAKES.glob("*.json"))]
    return list(dict.fromkeys(note["error"] for note in notes if rule in note["rules"]))
