"""The virtual environments that rules have beside the main one.

In: the locks in envs/. Out: .cache/environments, which all studies share.
"""


rule create_environment:
    """Create the virtual environment of a lock.

    In: {params.lock}. Out: a folder of the lock's packages, which all studies share.
    """
    output:
        plan.environments.ready_pattern(),
    log:
        "results/logs/create_environment/{environment}.log",
    benchmark:
        "results/timings/create_environment/{environment}.tsv"
    wildcard_constraints:
        environment=plan.patterns.any_of(plan.environments.locks()),
    localrule: HERE
    conda:
        "../envs/lingraft.yaml"
    params:
        lock=lambda wildcards: plan.environments.locks()[wildcards.environment],
    message:
        "create the environment {wildcards.environment}"
    shell:
        "python -m scripts.environments.create_environment"
        " --lock {params.lock:q}"
        " --output {output:q}"
        " --log {log:q}"
