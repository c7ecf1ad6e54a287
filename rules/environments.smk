"""The environments beside the main one, where they are no conda environments.

Goes in: envs/<name>.txt, a lock. Comes out: .cache/environments/<name>-<content>, a virtual
environment that all studies share. With conda (software-deployment-method in a profile) Snakemake
itself creates envs/<name>.yaml and no rule asks for anything here.
"""


include: "inputs/environments.smk"


rule create_environment:
    """Create the virtual environment of a lock."""
    output:
        f"{ENVIRONMENTS}/{{environment}}/{READY}",
    log:
        "results/logs/create_environment/{environment}.log",
    benchmark:
        "results/timings/create_environment/{environment}.tsv"
    wildcard_constraints:
        environment=any_of(LOCKS),
    # Where Snakemake runs there is a network; on a cluster's nodes often none.
    localrule: True
    conda:
        "../envs/lingraft.yaml"
    params:
        lock=lambda wildcards: LOCKS[wildcards.environment],
    message:
        "create the environment {wildcards.environment}"
    shell:
        "python -m scripts.environments.create_environment"
        " --lock {params.lock:q}"
        " --output {output:q}"
        " --log {log:q}"
