"""The study and the machine, which all rules ask through scripts/plan.

In: the study's settings. Out: `study`, `machine`, `targets` (of the command line, none in a job's
own process), `wanted` (the targets, there the jobs), constraints of the wildcards that name a
study's parts. No rule.
"""

import os
import sys

from snakemake.cli import get_argument_parser
from snakemake.settings.types import DeploymentMethod

sys.path.insert(0, os.path.dirname(str(workflow.current_basedir)))

from scripts import plan
from scripts.common.files import ROOT
from scripts.environments.variables import prepare
from scripts.study.chat_file import write_chat_file
from scripts.study.job_graph import write_job_graph
from scripts.study.ratings import RATINGS_FILE
from scripts.study.run_file import RUN_FILE, write_run_file

plan.cluster_job.begin_job(workflow)
study = plan.start.open_study(config, workflow.configfiles)
machine = plan.machine.inspect_machine(
    on_cluster=plan.machine.leaves_machine(workflow.resource_settings),
    deploys=bool(
        {DeploymentMethod.CONDA, DeploymentMethod.APPTAINER}
        & set(workflow.deployment_settings.deployment_method)
    ),
    cores=workflow.resource_settings.cores,
)
workflow.resource_settings.cores = machine.limit_cores(workflow.resource_settings.cores)
for name, amount in machine.shared.items():
    if name not in workflow.global_resources:  # --resources decides
        workflow.global_resources[name] = amount
prepare(ROOT)
# Scripts are found by PYTHONPATH, of which Snakemake would let conda's jobs have nothing.
workflow.deployment_settings.conda_not_block_search_path_envvars = True


# With --sdm apptainer, of all rules that name no other.
container: plan.environments.image("lingraft")


targets, wanted = [], plan.cluster_job.target_jobs(sys.argv)
if workflow.is_main_process:
    plan.start.tell_interrupt()
    plan.start.check_stages(study, sys.argv[1:], machine)
    targets = wanted = plan.targets.read_targets(sys.argv, get_argument_parser)


wildcard_constraints:
    model=plan.patterns.any_of(study.models),
    dataset=plan.patterns.any_of(study.registry.dataset_names()),
    benchmark=plan.patterns.any_of(study.registry.benchmark_names()),
    metric=plan.patterns.any_of(study.registry.metrics),
    table=r"[a-z_]+",
    shard=r"\d+-of-\d+",


# Jobs' own processes get what the main one has decided.
site = console = None
if machine.on_cluster and workflow.is_main_process:
    site = plan.cluster_rules.open_cluster(study, sys.argv[1:])
    console = plan.cluster_console.take_over(sys.argv[1:])
    plan.cluster_executor.ask_soon()
    plan.cluster_preview.preview(workflow, study, site, sys.argv[1:])
# Nodes of a cluster often see no network: what needs one runs where Snakemake does. On Slurm its
# site may say otherwise (`dress`, at the end of the Snakefile).
HERE = site is None


onstart:
    if workflow.execution_settings.lock:
        with plan.start.one_line():
            plan.cluster_run.claim_results(bool(site))
    plan.environments.check_images(workflow.dag.needrun_jobs())
    with plan.start.one_line():
        plan.file_times.check_times(workflow.dag.needrun_jobs())
    if site:
        plan.cluster_preview.check_and_tell(workflow, study, site)
        plan.cluster_run.begin_run(workflow, console)
    else:
        plan.interrupt.end_once()
    with plan.start.one_line():
        write_run_file(plan.run_file.plan_run(study))
        write_chat_file(plan.chat_file.plan_chat(study))
        write_job_graph(
            plan.job_graph.link_jobs(
                workflow.dag.jobs, workflow.resource_settings.cores, study.models
            )
        )
