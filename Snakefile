"""lingraft: raw data → tokenizer → staged training → inference → scores → tables and report.

The default study is config.yaml; `snakemake all --configfile configs/other.yaml` takes another.
"""

from snakemake.io import strip_wildcard_constraints
from snakemake.utils import min_version

min_version("9.19")

if not workflow.configfiles:

    configfile: f"{workflow.current_basedir}/config.yaml"


include: "rules/common.smk"
include: "rules/environments.smk"
include: "rules/data.smk"
include: "rules/clean.smk"
include: "rules/convert.smk"
include: "rules/tokenizer.smk"
include: "rules/train.smk"
include: "rules/infer.smk"
include: "rules/harness.smk"
include: "rules/score.smk"
include: "rules/judge.smk"
include: "rules/tables.smk"
include: "rules/report.smk"
include: "rules/release.smk"


rule all:
    """The study: its report and its tables, and the scores that these are made of."""
    default_target: True
    input:
        "results/report.html",
        plan.paths.score_files(study.scored, plan.tables.columns(study)),
        plan.paths.comparison_files(plan.tables.rivals(study)),
        [plan.paths.table_files(name) for name in plan.tables.table_names(study)],


rule tables:
    """The tables alone, among them the papers' that the study names."""
    input:
        [plan.paths.table_files(name) for name in plan.tables.table_names(study)],


if site:
    site.dress(workflow)
plan.targets.check_targets(study, targets, list(workflow.rules), strip_wildcard_constraints)
