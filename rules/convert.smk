"""Models in: the base model as a Hugging Face folder, whatever it was published as.

Goes in: its raw file, or the user's own folder. Comes out: results/models/base.
"""


rule import_model:
    """Turn the base model as published into a Hugging Face folder."""
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
