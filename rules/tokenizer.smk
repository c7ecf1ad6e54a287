"""Vocabularies: new pieces behind the base's, and embedding rows for them.

In: a parent model and the clean text of the added languages. Out: results/tokenizers/<model> and
results/models/<model> for every model with `extend`, and results/auxiliary/<model>.safetensors for
those whose new rows are initialised by FOCUS.
"""


rule extend_tokenizer:
    """Learn new pieces from the added languages' text, or take a ready model's.

    In: the vocabulary of the parent of {model}, texts or ready models, and {params.options}: how
    many pieces of each language. Out: a tokenizer with the new pieces behind the base's, and which
    they are.
    """
    input:
        base=lambda wildcards: plan.paths.parent_vocabulary_file(study, wildcards.model),
        texts=lambda wildcards: plan.tokenizer.extension_texts(study, wildcards.model),
        models=lambda wildcards: plan.tokenizer.piece_models(study, wildcards.model),
    output:
        tokenizer="results/tokenizers/{model}/tokenizer.json",
        extension="results/tokenizers/{model}/extension.json",
    log:
        "results/logs/extend_tokenizer/{model}.log",
    benchmark:
        "results/timings/extend_tokenizer/{model}.tsv"
    wildcard_constraints:
        model=plan.patterns.any_of(study.extensions),
    priority: lambda wildcards: plan.threads.stages_from(study, wildcards.model)
    conda:
        "../envs/lingraft.yaml"
    threads: plan.threads.answering_threads(study, machine)
    params:
        options=lambda wildcards: plan.tokenizer.extension_options(study, wildcards.model),
    message:
        "extend the vocabulary of {wildcards.model}"
    shell:
        "python -m scripts.tokenizer.extend_tokenizer"
        " --base $(dirname {input.base:q})"
        " {params.options:q}"
        " --processes {threads}"
        " --output $(dirname {output.tokenizer:q})"
        " --log {log:q}"


rule train_auxiliary:
    """Learn which tokens of an extended vocabulary are alike, from the study's whole text.

    In: the tokenizer of {model} and the text of all languages. Out: one vector per token, by which
    FOCUS initialises new embedding rows.
    """
    input:
        tokenizer=lambda wildcards: plan.paths.tokenizer_file(study, wildcards.model),
        texts=plan.tokenizer.auxiliary_texts(study),
    output:
        "results/auxiliary/{model}.safetensors",
    log:
        "results/logs/train_auxiliary/{model}.log",
    benchmark:
        "results/timings/train_auxiliary/{model}.tsv"
    wildcard_constraints:
        model=plan.patterns.any_of(study.extensions),
    conda:
        "../envs/lingraft.yaml"
    resources:
        mem_mb=4000,
    params:
        options=plan.tokenizer.auxiliary_options(study),
    message:
        "train auxiliary vectors for the vocabulary of {wildcards.model}"
    shell:
        "python -m scripts.tokenizer.train_auxiliary"
        " --tokenizer $(dirname {input.tokenizer:q})"
        " {params.options:q}"
        " --output {output:q}"
        " --log {log:q}"


rule extend_model:
    """Give a model an embedding row for every new piece.

    In: the parent of {model}, its extended tokenizer, and {params.options}: the method by which new
    rows are initialised. Out: the parent's weights, all unchanged, with the new rows behind its
    own.
    """
    input:
        base=lambda wildcards: plan.paths.parent_stage_file(study, wildcards.model),
        tokenizer=lambda wildcards: plan.paths.tokenizer_file(study, wildcards.model),
        auxiliary=lambda wildcards: plan.tokenizer.auxiliary_files(study, wildcards.model),
    output:
        "results/models/{model}/stage.json",
    log:
        "results/logs/extend_model/{model}.log",
    benchmark:
        "results/timings/extend_model/{model}.tsv"
    wildcard_constraints:
        model=plan.patterns.any_of(study.extensions),
    priority: lambda wildcards: plan.threads.stages_from(study, wildcards.model)
    conda:
        "../envs/lingraft.yaml"
    resources:
        mem_mb=lambda wildcards: plan.model_sizes.extending_mib(study, wildcards.model),
    params:
        options=lambda wildcards: plan.tokenizer.embedding_options(study, wildcards.model),
    message:
        "extend the embedding rows of {wildcards.model}"
    shell:
        "python -m scripts.tokenizer.extend_model"
        " --base $(dirname {input.base:q})"
        " --tokenizer $(dirname {input.tokenizer:q})"
        " {params.options:q}"
        " --output $(dirname {output:q})"
        " --log {log:q}"
