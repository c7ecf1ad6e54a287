"""Models in: the base model as a Hugging Face folder, whatever it was published as.

In: its raw file, the hub's record of it, or the user's own folder. Out: results/models/base.
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
    # Nodes of a cluster often see no network.
    localrule: True
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
