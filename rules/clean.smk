"""Cleaning of data sets, and data sets that several jobs share: nothing unless a study asks.

In: results/corpora. Out: results/cleaned (what the study's `clean` leaves, and why the rest was
dropped); of those data sets that several jobs share results/clean and results/checks, and
results/corpora if they have several files. How many jobs they are is said in the study, so that no
plan depends on a machine. Shards are deleted once they are gathered.
"""


use rule build_corpus as build_shard with:
    """Read some of the raw files of {dataset}, those of its {shard}."""
    output:
        temp("results/shards/{dataset}/built/{shard}.parquet"),
    log:
        "results/logs/build_shard/{dataset}/{shard}.log",
    benchmark:
        "results/timings/build_shard/{dataset}/{shard}.tsv"
    wildcard_constraints:
        dataset=plan.patterns.any_of(plan.clean.shared_builds(study)),
    params:
        options=lambda wildcards: [
            *plan.data.corpus_options(study, wildcards.dataset),
            "--shard",
            wildcards.shard,
        ],
    message:
        "build corpus {wildcards.dataset}, {wildcards.shard}"


rule gather_built:
    """Join the shards of a corpus that were read out of its raw files.

    In: the shards of {dataset}, its raw files, and {params.options}. Out: the corpus, as it is if
    one job reads all files.
    """
    input:
        raw=lambda wildcards: plan.data.corpus_inputs(study, wildcards.dataset),
        shards=lambda wildcards: plan.clean.shard_files(study, wildcards.dataset, "built"),
    output:
        "results/corpora/{dataset}.parquet",
    log:
        "results/logs/gather_built/{dataset}.log",
    benchmark:
        "results/timings/gather_built/{dataset}.tsv"
    wildcard_constraints:
        dataset=plan.patterns.any_of(plan.clean.shared_builds(study)),
    conda:
        "../envs/lingraft.yaml"
    params:
        options=lambda wildcards: plan.data.corpus_options(study, wildcards.dataset),
    message:
        "gather corpus {wildcards.dataset}"
    shell:
        "python -m scripts.data.build_corpus"
        " {params.options:q}"
        " --raw {input.raw:q}"
        " --shards {input.shards:q}"
        " --output {output:q}"
        " --log {log:q}"


rule clean_corpus:
    """Drop what the study asks to be dropped from one shard of a corpus.

    In: the corpus of {dataset}, of which each job reads its {shard}, and {params.options}. Out: the
    shard's records that are kept; the file tells how many were dropped, and why.
    """
    input:
        "results/corpora/{dataset}.parquet",
    output:
        temp("results/shards/{dataset}/cleaned/{shard}.parquet"),
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


rule sign_records:
    """Compute what near-duplicates are found by: MinHash signatures of a shard's records.

    In: a cleaned shard of {dataset}, and {params.options}: the similarity that is searched for, and
    the seed of the hashes. Out: a folder of sorted signatures, a file a bucket of hashes.
    """
    input:
        "results/shards/{dataset}/cleaned/{shard}.parquet",
    output:
        temp(directory("results/shards/{dataset}/signatures/{shard}")),
    log:
        "results/logs/sign_records/{dataset}/{shard}.log",
    benchmark:
        "results/timings/sign_records/{dataset}/{shard}.tsv"
    wildcard_constraints:
        dataset=plan.patterns.any_of(plan.clean.deduplicated_datasets(study)),
    conda:
        "../envs/lingraft.yaml"
    params:
        options=lambda wildcards: plan.clean.hash_options(study, wildcards.dataset),
    message:
        "sign records of {wildcards.dataset}, {wildcards.shard}"
    shell:
        "python -m scripts.data.sign_records"
        " --corpus {input:q}"
        " {params.options:q}"
        " --shard {wildcards.shard}"
        " --output {output:q}"
        " --log {log:q}"


rule match_signatures:
    """Find records with equal signatures in any shard, a share of the buckets of hashes.

    In: the signatures of all shards of {dataset}. Out: a folder of pairs of records.
    """
    input:
        lambda wildcards: plan.clean.signature_folders(study, wildcards.dataset),
    output:
        temp(directory("results/shards/{dataset}/matches/{shard}")),
    log:
        "results/logs/match_signatures/{dataset}/{shard}.log",
    benchmark:
        "results/timings/match_signatures/{dataset}/{shard}.tsv"
    wildcard_constraints:
        dataset=plan.patterns.any_of(plan.clean.deduplicated_datasets(study)),
    conda:
        "../envs/lingraft.yaml"
    params:
        options=lambda wildcards: plan.clean.hash_options(study, wildcards.dataset),
    message:
        "match signatures of {wildcards.dataset}, {wildcards.shard}"
    shell:
        "python -m scripts.data.match_signatures"
        " --signatures {input:q}"
        " {params.options:q}"
        " --share {wildcards.shard}"
        " --output {output:q}"
        " --log {log:q}"


rule cluster_duplicates:
    """Gather matching records of {wildcards.dataset} to clusters, of which the first is kept.

    In: the pairs of all buckets. Out: the records that are near-duplicates of an earlier one.
    """
    input:
        lambda wildcards: plan.clean.match_folders(study, wildcards.dataset),
    output:
        "results/shards/{dataset}/duplicates.parquet",
    log:
        "results/logs/cluster_duplicates/{dataset}.log",
    benchmark:
        "results/timings/cluster_duplicates/{dataset}.tsv"
    wildcard_constraints:
        dataset=plan.patterns.any_of(plan.clean.deduplicated_datasets(study)),
    conda:
        "../envs/lingraft.yaml"
    message:
        "cluster near-duplicates of {wildcards.dataset}"
    shell:
        "python -m scripts.data.cluster_duplicates"
        " --matches {input:q}"
        " --output {output:q}"
        " --log {log:q}"


rule gather_corpus:
    """Join the shards of a cleaned corpus.

    In: the cleaned shards of {dataset}, and the near-duplicates among their records. Out: the
    corpus, and how many records were dropped for what reason, with examples.
    """
    input:
        shards=lambda wildcards: plan.clean.shard_files(study, wildcards.dataset, "cleaned"),
        duplicates=lambda wildcards: plan.clean.duplicate_files(study, wildcards.dataset),
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
    params:
        duplicates=lambda wildcards, input: plan.options.flags(
            "--duplicates", input.get("duplicates", [])
        ),
    message:
        "gather cleaned corpus {wildcards.dataset}"
    shell:
        "python -m scripts.data.gather_corpus"
        " --shards {input.shards:q}"
        " {params.duplicates:q}"
        " --output {output.corpus:q}"
        " --report {output.report:q}"
        " --log {log:q}"


use rule filter_corpus as filter_shard with:
    """Drop what the study's benchmarks hold out from one shard of a corpus."""
    output:
        temp("results/shards/{dataset}/filtered/{shard}.parquet"),
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


# One output: where filter_corpus made it before, Snakemake compares what it was made from only if it
# knows that of all outputs.
rule gather_clean:
    """Join the shards of a corpus without what benchmarks hold out.

    In: the filtered shards of {dataset}. Out: the corpus.
    """
    input:
        lambda wildcards: plan.clean.shard_files(study, wildcards.dataset, "filtered"),
    output:
        "results/clean/{dataset}.parquet",
    log:
        "results/logs/gather_clean/{dataset}.log",
    benchmark:
        "results/timings/gather_clean/{dataset}.tsv"
    wildcard_constraints:
        dataset=plan.patterns.any_of(plan.clean.shared_datasets(study)),
    conda:
        "../envs/lingraft.yaml"
    message:
        "gather clean corpus {wildcards.dataset}"
    shell:
        "python -m scripts.data.gather_corpus"
        " --shards {input:q}"
        " --output {output:q}"
        " --log {log:q}"


use rule check_overlap as check_shard with:
    """Search one shard of a clean corpus for held-out text, by another method."""
    output:
        temp("results/shards/{dataset}/checked/{shard}.json"),
    log:
        "results/logs/check_shard/{dataset}/{shard}.log",
    benchmark:
        "results/timings/check_shard/{dataset}/{shard}.tsv"
    wildcard_constraints:
        dataset=plan.patterns.any_of(plan.clean.shared_datasets(study)),
    params:
        *plan.data.decontamination(study),
        "--processes",
        "1",
        "--shard",
        lambda wildcards: wildcards.shard,
    message:
        "check overlap of {wildcards.dataset}, {wildcards.shard}, with what is held out"


rule gather_checks:
    """Sum up what was found in the shards of a corpus.

    In: what was found in each shard of {dataset}. Out: the counts and examples of all, or a failure
    where a study does not say `decontaminate: report` and there are any.
    """
    input:
        lambda wildcards: plan.clean.shard_files(study, wildcards.dataset, "checked", "json"),
    output:
        "results/checks/{dataset}.json",
    log:
        "results/logs/gather_checks/{dataset}.log",
    benchmark:
        "results/timings/gather_checks/{dataset}.tsv"
    wildcard_constraints:
        dataset=plan.patterns.any_of(plan.clean.shared_datasets(study)),
    conda:
        "../envs/lingraft.yaml"
    message:
        "gather checks of {wildcards.dataset}"
    shell:
        "python -m scripts.data.gather_checks"
        " --shards {input:q}"
        " --output {output:q}"
        " --log {log:q}"
