"""Models in: the base model as a Hugging Face folder, whatever it was published as.

In: its raw file, the hub's record of it, or the user's own folder. Out: results/models/base, and
results/checks/base.json: which ways of training and answering are exact for its architecture.
"""

HUB = plan.convert.hub_models(study)


rule fetch_model:
    """Fetch a model from the Hugging Face hub into its client's cache.

    In: {params.model}. Out: a record of its files and their commit, which later runs keep to.
    """
    output:
        "results/raw/{path}",
    log:
        "results/logs/fetch_model/{path}.log",
    benchmark:
        "results/timings/fetch_model/{path}.tsv"
    wildcard_constraints:
        path=plan.patterns.any_of(HUB),
    localrule: HERE
    conda:
        "../envs/lingraft.yaml"
    params:
        model=lambda wildcards: str(HUB[wildcards.path]),
    message:
        "fetch {params.model}"
    shell:
        "python -m scripts.convert.fetch_model"
        " --model {params.model:q}"
        " --output {output:q}"
        " --log {log:q}"


rule import_model:
    """Turn the base model as published into a Hugging Face folder.

    In: its raw file or record, or the study's own folder, read as {params.options} say. Out:
    weights, tokenizer and stage.json.
    """
    input:
        plan.convert.base_inputs(study),
    output:
        "results/models/base/stage.json",
    log:
        "results/logs/import_model/base.log",
    benchmark:
        "results/timings/import_model/base.tsv"
    conda:
        "../envs/lingraft.yaml"
    resources:
        mem_mb=plan.convert.import_mib(study),
    params:
        options=plan.convert.base_options(study),
    message:
        "import the base model"
    shell:
        "python -m scripts.convert.import_model"
        " {params.options:q}"
        " --output $(dirname {output:q})"
        " --log {log:q}"


# No input of training and answering, which would repeat finished stages for it: they measure what
# they need themselves until it is there. The priority makes that rare.
rule check_base:
    """Measure which ways of computing are exact for the base's architecture, and refuse it if not.

    In: the base's configuration. Out: by subject the error of each way, on a small random copy;
    refused is what the study needs ({params.needed}) and no way of doing it is exact.
    """
    input:
        "results/models/base/stage.json",
    output:
        plan.paths.CHECKS,
    log:
        "results/logs/check_base/base.log",
    benchmark:
        "results/timings/check_base/base.tsv"
    priority: 1000
    conda:
        "../envs/lingraft.yaml"
    resources:
        mem_mb=2000,
    params:
        needed=plan.convert.needed_subjects(study),
    message:
        "check the base model's architecture"
    shell:
        "OMP_NUM_THREADS=1 python -m scripts.preflight.check_base"
        " --model $(dirname {input:q})"
        " --needed {params.needed:q}"
        " --output {output:q}"
        " --log {log:q}"
