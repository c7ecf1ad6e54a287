"""The study, shared by all rules, and functions from names to paths and options.

Goes in: the study's settings. Comes out: `study`, wildcard constraints, functions from names to
paths. Nothing here builds a file.
"""

import json
import os
import re
import shlex
import sys
from pathlib import Path

sys.path.insert(0, str(workflow.basedir))

from scripts.study.base_model import base_files, split_base
from scripts.common.errors import InputError
from scripts.study.paper_tables import find_places, load_tables, needed_scores
from scripts.study.parse_study import load_study
from scripts.study.registry import digest_of, places
from scripts.study.study import BASE
from scripts.environments.variables import is_dry_run, prepare, start_trace
from scripts.study.tasks import GENERATED
from scripts.study.validate import read_yaml
from scripts.study.sources import parse_source, raw_path
from scripts.train.devices import count_gpus
from scripts.plan.model_sizes import growing_mib, loading_mib
from scripts.plan.plan_memory import summarize

try:
    # Snakemake's own reading of YAML lets a key stand twice.
    for file in workflow.configfiles:
        read_yaml(Path(os.path.relpath(file)))
    study = load_study(config, os.path.relpath(workflow.configfiles[-1]))
except InputError as error:
    raise SystemExit(f"error: {error}")

# `snakemake all` without --cores takes all of this machine's; a cluster's profile names `jobs`
# instead and is left alone (cores there would cap every job at the head node's count).
ON_CLUSTER = workflow.resource_settings.nodes is not None
if workflow.resource_settings.cores is None and not ON_CLUSTER:
    workflow.resource_settings.cores = os.cpu_count()

# Training jobs share this machine's GPUs and never one of them.
if not ON_CLUSTER and count_gpus():
    workflow.global_resources["gpu"] = count_gpus()

prepare(Path(workflow.basedir))

if workflow.is_main_process:
    # Not in the processes that jobs run in: they would say it again, and it was checked.
    try:
        memory = summarize(study)
    except InputError as error:
        raise SystemExit(f"error: {error}")
    if is_dry_run(sys.argv[1:]):
        print(memory, file=sys.stderr)


def any_of(names):
    """Return a regular expression that matches exactly these names.

    Names such as flores_en-zh share their endings: every rule compiles this, and hundreds of
    alternatives would cost a second of each plan.
    """
    endings = {}
    for name in sorted(names):
        stem, mark, ending = name.rpartition("_")
        endings.setdefault(stem + mark, []).append(re.escape(ending))
    stems = {}
    for stem, found in endings.items():
        stems.setdefault("|".join(found), []).append(re.escape(stem))
    parts = [f"(?:{'|'.join(some)})(?:{found})" for found, some in stems.items()]
    return "|".join(parts) or "(?!)"


wildcard_constraints:
    model=any_of(study.models),
    dataset=any_of(study.registry.dataset_names()),
    benchmark=any_of(study.registry.benchmark_names()),
    metric=any_of(study.registry.metrics),
    table=r"[a-z_]+",


def flags(option, values):
    """Return `--option value …` as a list, or nothing where there are no values."""
    values = [str(value) for value in values if value is not None]
    return [option, *values] if values else []


def model_of(name):
    """Return the file that says what a model's folder holds, and stands for it in the DAG."""
    return f"results/models/{name}/stage.json"


def tables(name):
    """Return the three files of a table."""
    return expand("results/tables/{name}.{ending}", name=name, ending=["md", "csv", "tex"])


onstart:
    start_trace()
