"""lingraft: raw data → tokenizer → staged training → inference → scores → tables and report.

The default study is config.yaml; `snakemake all --configfile configs/other.yaml` takes another.
"""

from snakemake.utils import min_version

min_version("9.19")

if not workflow.configfiles:

    configfile: f"{workflow.basedir}/config.yaml"


include: "rules/common.smk"
include: "rules/data.smk"
include: "rules/tokenizer.smk"
include: "rules/train.smk"
include: "rules/infer.smk"
include: "rules/environments.smk"
include: "rules/score.smk"
include: "rules/judge.smk"
include: "rules/report.smk"


rule all:
    """The study: its report and its tables."""
    default_target: True
    input:
        "results/report.html",
        tables("main"),
        tables("tokenizer"),
        [tables(name) for name in review_tables()],
        [tables(name) for name in PAPERS],


rule tables:
    """The tables alone, the papers' that the study names too."""
    input:
        tables("main"),
        tables("tokenizer"),
        [tables(name) for name in review_tables()],
        [tables(name) for name in PAPERS],
