"""Training: a model is its parent plus one stage.

Goes in: a parent model and clean corpora. Comes out: results/packed/<model> (the rows in the order
in which they are trained on) and results/models/<model>. Checkpoints live in results/checkpoints
and are no output of any rule, since Snakemake deletes the outputs of a job that failed.
"""


include: "inputs/train.smk"


rule import_model:
    """Turn the base model as published into a Hugging Face folder."""
    input:
        base_inputs,
    output:
        "results/models/base/stage.json",
    log:
        "results/logs/import_model/base.log",
    benchmark:
        "results/timings/import_model/base.tsv"
    conda:
        "../envs/lingraft.yaml"
    resources:
        mem_mb=import_memory,
    params:
        options=base_options,
    message:
        "import the base model"
    shell:
        "python -m scripts.convert.import_model"
        " {params.options:q}"
        " --output $(dirname {output:q})"
        " --log {log:q}"


rule pack_examples:
    """Render, tokenize, mix and pack the training data of a model."""
    input:
        vocabulary=lambda wildcards: vocabulary_of(study.model(wildcards.model).parent),
        corpora=lambda wildcards: expand(
            "results/clean/{dataset}.parquet", dataset=study.dataset_names(wildcards.model)
        ),
        checks=lambda wildcards: expand(
            "results/checks/{dataset}.json", dataset=study.dataset_names(wildcards.model)
        ),
    output:
        manifest="results/packed/{model}/manifest.json",
        rows="results/packed/{model}/rows.arrow",
    log:
        "results/logs/pack_examples/{model}.log",
    benchmark:
        "results/timings/pack_examples/{model}.tsv"
    wildcard_constraints:
        model=any_of(study.stages),
    conda:
        "../envs/lingraft.yaml"
    params:
        mixture=mixture,
        recipe=recipe_options("objective", "format", "length", "batch", "steps", "epochs"),
    message:
        "pack the training data of {wildcards.model}"
    shell:
        "python -m scripts.pack.pack_examples"
        " --tokenizer $(dirname {input.vocabulary:q})"
        " --corpora {input.corpora:q}"
        " --mixture {params.mixture:q}"
        " {params.recipe:q}"
        " --output $(dirname {output.manifest:q})"
        " --log {log:q}"


# What changes the weights is in params; what does not is in threads and resources, so that another
# machine, or more memory, trains nothing anew. Inputs are small files that say what a folder holds
# (manifest.json, stage.json): Snakemake compares what they say, and new file times train nothing.
rule train_model:
    """Train a model from its parent on packed rows."""
    input:
        parent=lambda wildcards: model_of(study.model(wildcards.model).parent),
        packed=lambda wildcards: packed_of(wildcards.model),
        # The manifest has their SHA-256; they are only asked to be there.
        rows=lambda wildcards: ancient(packed_of(wildcards.model, "rows.arrow")),
    output:
        "results/models/{model}/stage.json",
    log:
        "results/logs/train_model/{model}.log",
    benchmark:
        "results/timings/train_model/{model}.tsv"
    wildcard_constraints:
        model=any_of(study.stages),
    conda:
        "../envs/lingraft.yaml"
    threads: study.run["threads"]
    resources:
        mem_mb=6000,
        devices=study.run["devices"],
        nodes=study.run["nodes"],
        gpu=gpus(),
        # Of Slurm, where there are several nodes: a task a node, which the launcher starts.
        tasks=on_nodes(study.run["nodes"]),
        mpi=on_nodes("srun"),
        slurm_extra=on_nodes(gpus_a_node()),
        attempt=lambda wildcards, attempt: attempt,
        run_options=run_options,
    params:
        recipe=recipe_options(
            "batch",
            "learning_rate",
            "schedule",
            "warmup",
            "floor",
            "weight_decay",
            "betas",
            "clip",
            "precision",
            "optimizer",
            "lora",
            "trains",
        ),
        checkpoints="results/checkpoints/{model}",
    message:
        "train {wildcards.model}"
    shell:
        "python -m scripts.train.launch"
        " --devices {resources.devices}"
        " --nodes {resources.nodes}"
        " -- scripts.train.train_model"
        " --model {wildcards.model:q}"
        " --parent $(dirname {input.parent:q})"
        " --packed $(dirname {input.packed:q})"
        " {params.recipe:q}"
        " {resources.run_options}"
        " --threads {threads}"
        " --attempt {resources.attempt}"
        " --checkpoints {params.checkpoints:q}"
        " --output $(dirname {output:q})"
        " --log {log:q}"
