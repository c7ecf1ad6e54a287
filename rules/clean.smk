"""Cleaning of data sets, and data sets that several jobs share: nothing unless a study asks.

In: results/corpora. Out: results/cleaned (what the study's `clean` leaves, and why the rest was
dropped), and results/clean of those data sets that several jobs share. How many they are is said
in the study, so that no result depends on a machine.
"""


rule clean_corpus:
    """Drop what the study asks to be dropped from one shard of a corpus.

    In: the corpus of {dataset}, of which each job reads its {shard}, and {params.options}. Out: the
    shard's records that are kept; the file tells how many were dropped, and why.
    """
    input:
        "results/corpora/{dataset}.parquet",
    output:
        "results/shards/{dataset}/cleaned/{shard}.parquet",
    log:
        "results/logs/clean_corpus/{dataset}/{shard}.log",
    benchmark:
        "results/timings/clean_corpus/{dataset}/{shard}.tsv"
    wildcard_constraints:
        dataset=plan.patterns.any_of(plan.clean.cleaned_datasets(study)),
    conda:
        "../envs/lingraft.yaml"
    params:
        options=lambda wildcards: plan.clean.clean_options(study, wildcards.dataset),
    message:
        "clean corpus {wildcards.dataset}, {wildcards.shard}"
    shell:
        "python -m scripts.data.clean_corpus"
        " --corpus {input:q}"
        " {params.options:q}"
        " --shard {wildcards.shard}"
        " --output {output:q}"
        " --log {log:q}"


rule gather_corpus:
    """Join the shards of a cleaned corpus.

    In: the cleaned shards of {dataset}. Out: the corpus, and how many records were dropped for what
    reason, with examples.
    """
    input:
        lambda wildcards: plan.clean.shard_files(study, wildcards.dataset, "cleaned"),
    output:
        corpus="results/cleaned/{dataset}.parquet",
        report="results/cleaned/{dataset}.json",
    log:
        "results/logs/gather_corpus/{dataset}.log",
    benchmark:
        "results/timings/gather_corpus/{dataset}.tsv"
    wildcard_constraints:
        dataset=plan.patterns.any_of(plan.clean.cleaned_datasets(study)),
    conda:
        "../envs/lingraft.yaml"
    message:
        "gather cleaned corpus {wildcards.dataset}"
    shell:
        "python -m scripts.data.gather_corpus"
        " --shards {input:q}"
        " --output {output.corpus:q}"
        " --report {output.report:q}"
        " --log {log:q}"


use rule filter_corpus as filter_shard with:
    """Drop what the study's benchmarks hold out from one shard of a corpus."""
    output:
        "results/shards/{dataset}/filtered/{shard}.parquet",
    log:
        "results/logs/filter_shard/{dataset}/{shard}.log",
    benchmark:
        "results/timings/filter_shard/{dataset}/{shard}.tsv"
    wildcard_constraints:
        dataset=plan.patterns.any_of(plan.clean.shared_datasets(study)),
    params:
        *plan.data.decontamination(study),
        "--processes",
        "1",
        "--shard",
        lambda wildcards: wildcards.shard,
    message:
        "filter corpus {wildcards.dataset}, {wildcards.shard}"


use rule gather_corpus as gather_clean with:
    """Join the shards of a corpus without what benchmarks hold out."""
    input:
        lambda wildcards: plan.clean.shard_files(study, wildcards.dataset, "filtered"),
    output:
        corpus="results/clean/{dataset}.parquet",
        report="results/shards/{dataset}/filtered.json",
    log:
        "results/logs/gather_clean/{dataset}.log",
    benchmark:
        "results/timings/gather_clean/{dataset}.tsv"
    wildcard_constraints:
        dataset=plan.patterns.any_of(plan.clean.shared_datasets(study)),
    message:
        "gather clean corpus {wildcards.dataset}"
