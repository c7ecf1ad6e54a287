"""Training: a model is its parent plus one stage.

In: a parent model and clean corpora. Out: results/packed/<model> (the rows in the order in which
they are trained on) and results/models/<model>. Checkpoints live in results/checkpoints and are no
output of any rule, since Snakemake deletes the outputs of a job that failed.
"""


rule pack_examples:
    """Render, tokenize, mix and pack the training data of a model.

    In: clean corpora of {model} with the reports of their check, the vocabulary, and
    {params.recipe}: objective, format, length and the batch that shares a step. Out: rows in the
    order of training, and a manifest that counts what is in them.
    """
    input:
        vocabulary=lambda wildcards: plan.paths.parent_vocabulary_file(study, wildcards.model),
        corpora=lambda wildcards: plan.train.clean_corpora(study, wildcards.model),
        checks=lambda wildcards: plan.train.overlap_checks(study, wildcards.model),
        wordings=lambda wildcards: plan.wordings.training_wordings(study, wildcards.model),
    output:
        manifest="results/packed/{model}/manifest.json",
        rows="results/packed/{model}/rows.arrow",
    log:
        "results/logs/pack_examples/{model}.log",
    benchmark:
        "results/timings/pack_examples/{model}.tsv"
    wildcard_constraints:
        model=plan.patterns.any_of(study.stages),
    priority: lambda wildcards: plan.threads.stages_from(study, wildcards.model)
    conda:
        "../envs/lingraft.yaml"
    threads: plan.threads.packing_threads(machine)
    params:
        mixture=lambda wildcards: plan.train.mixture(study, wildcards.model),
        recipe=lambda wildcards: plan.train.packing_options(study, wildcards.model),
        prompts=lambda wildcards: plan.wordings.texts_of(
            plan.train.packing_options(study, wildcards.model), "tasks"
        ),
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
# machine, or more memory, trains nothing again. Inputs are small files that say what a folder holds
# (manifest.json, stage.json): Snakemake compares what they say, and new file times train nothing.
rule train_model:
    """Train a model from its parent on packed rows.

    In: the parent of {model}, its packed rows, and {params.recipe}: all that decides the weights.
    Out: weights, tokenizer, logs, and stage.json with how they came to be. A stage that was stopped
    resumes from {params.checkpoints}.
    """
    input:
        parent=lambda wildcards: plan.paths.parent_stage_file(study, wildcards.model),
        packed=lambda wildcards: plan.paths.packed_file(study, wildcards.model, "manifest.json"),
        # The manifest has their SHA-256; they are only asked to be there.
        rows=lambda wildcards: ancient(plan.paths.packed_file(study, wildcards.model, "rows.arrow")),
    output:
        "results/models/{model}/stage.json",
    log:
        "results/logs/train_model/{model}.log",
    benchmark:
        "results/timings/train_model/{model}.tsv"
    wildcard_constraints:
        model=plan.patterns.any_of(study.stages),
    priority: lambda wildcards: plan.threads.stages_from(study, wildcards.model)
    conda:
        "../envs/lingraft.yaml"
    threads: plan.threads.training_threads(study, machine)
    resources:
        mem_mb=lambda wildcards: plan.threads.stage_mib(study, machine, wildcards.model),
        devices=study.run.devices,
        nodes=study.run.nodes,
        gpu=plan.train.gpus(study, machine),
        # Of Slurm, where there are several nodes: a task a node, which the launcher starts.
        tasks=plan.train.tasks(study),
        mpi=plan.train.starter(study),
        slurm_extra=plan.train.slurm_options(study),
        attempt=lambda wildcards, attempt: attempt,
    params:
        recipe=lambda wildcards: plan.train.optimization_options(study, wildcards.model),
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
        f" --run {RUN_FILE}"
        f" --checks {plan.paths.CHECKS}"
        " --threads {threads}"
        " --attempt {resources.attempt}"
        " --checkpoints {params.checkpoints:q}"
        " --output $(dirname {output:q})"
        " --log {log:q}"
