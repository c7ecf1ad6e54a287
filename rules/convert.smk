"""Models in: the base model as a Hugging Face folder, whatever it was published as.

In: its raw file, or the user's own folder. Out: results/models/base.
"""


rule import_model:
    """Turn the base model as published into a Hugging Face folder.

    In: its raw file, or the study's own folder, read as {params.options} say. Out: weights,
    tokenizer and stage.json.
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
