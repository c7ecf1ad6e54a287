"""Models out: a trained model as others expect one, with its card. Nothing of it is part of `all`.

In: a model, its ancestors, the study's tables. Out: results/release/<model>, a folder to publish,
and results/release/<model>.gguf for llama.cpp and what is built on it.
"""


rule write_card:
    """Write the card of {wildcards.model}: metadata for the hub, and a page for people.

    In: how it and its ancestors came to be, the study's scores and its table of tokenizers where
    they have the model, records of the hub's data. Out: Markdown.
    """
    input:
        records=lambda wildcards: plan.release.record_files(study, wildcards.model),
        stages=lambda wildcards: plan.release.lineage_files(study, wildcards.model),
        scores=lambda wildcards: plan.release.score_tables(study, wildcards.model),
        tokenizers=lambda wildcards: plan.release.tokenizer_tables(study, wildcards.model),
    output:
        "results/cards/{model}.md",
    log:
        "results/logs/write_card/{model}.log",
    benchmark:
        "results/timings/write_card/{model}.tsv"
    wildcard_constraints:
        model=plan.patterns.any_of(plan.release.released_models(study)),
    conda:
        "../envs/lingraft.yaml"
    params:
        facts=lambda wildcards: plan.release.card_facts(study, wildcards.model),
        scores=lambda wildcards, input: plan.options.flags("--scores-table", input.scores),
        tokenizers=lambda wildcards, input: plan.options.flags(
            "--tokenizer-table", input.tokenizers
        ),
    message:
        "write the card of {wildcards.model}"
    shell:
        "python -m scripts.report.write_card"
        " --model {wildcards.model:q}"
        " --facts {params.facts:q}"
        " --stages {input.stages:q}"
        " {params.scores:q}"
        " {params.tokenizers:q}"
        " --output {output:q}"
        " --log {log:q}"


rule release_model:
    """Gather {wildcards.model} as a folder to publish.

    In: the model and its ancestors, its card, the format {params.format}. Out: weights in the
    base's number type, tokenizer, chat template, settings, card, lineage, and their SHA-256.
    """
    input:
        stages=lambda wildcards: plan.release.lineage_files(study, wildcards.model),
        card="results/cards/{model}.md",
    output:
        directory("results/release/{model}"),
    log:
        "results/logs/release_model/{model}.log",
    benchmark:
        "results/timings/release_model/{model}.tsv"
    wildcard_constraints:
        model=plan.patterns.any_of(plan.release.released_models(study)),
    conda:
        "../envs/lingraft.yaml"
    resources:
        mem_mb=2000,
    params:
        model="results/models/{model}",
        ancestors=lambda wildcards: plan.release.ancestor_folders(study, wildcards.model),
        format=lambda wildcards: plan.release.prompt_format(study, wildcards.model),
        prompts=lambda wildcards: plan.wordings.texts_of(
            [plan.release.prompt_format(study, wildcards.model)]
        ),
        plus=plan.release.plus_options(study),
    message:
        "release {wildcards.model}"
    shell:
        "python -m scripts.convert.release_model"
        " --model {params.model:q}"
        " --ancestors {params.ancestors:q}"
        " --format {params.format:q}"
        " --card {input.card:q}"
        " {params.plus:q}"
        " --output {output:q}"
        " --log {log:q}"


rule export_gguf:
    """Write {wildcards.model} as a GGUF file, for llama.cpp, Ollama and what else reads one.

    In: its release. Out: the file, whose ids llama.cpp itself has compared, and a Modelfile that
    tells Ollama the format {params.format}.
    """
    input:
        release="results/release/{model}",
        # What is in an environment is in its name; when it was made is no matter.
        environment=ancient(plan.environments.ready_files("gguf", machine)),
    output:
        gguf="results/release/{model}.gguf",
        modelfile="results/release/{model}.Modelfile",
    log:
        "results/logs/export_gguf/{model}.log",
    benchmark:
        "results/timings/export_gguf/{model}.tsv"
    wildcard_constraints:
        model=plan.patterns.any_of(plan.release.released_models(study)),
    conda:
        "../envs/gguf.yaml"
    container:
        plan.environments.image("gguf")
    resources:
        mem_mb=4000,
    params:
        base="results/models/base",
        format=lambda wildcards: plan.release.prompt_format(study, wildcards.model),
        prompts=lambda wildcards: plan.wordings.texts_of(
            [plan.release.prompt_format(study, wildcards.model)]
        ),
    message:
        "write {wildcards.model} as a GGUF file"
    shell:
        f"{plan.environments.python_command(machine)} -m scripts.convert.export_gguf"
        " --release {input.release:q}"
        " --base {params.base:q}"
        " --format {params.format:q}"
        " --output {output.gguf:q}"
        " --log {log:q}"
