"""Raw files → corpora → held-out benchmarks and clean training corpora.

Goes in: the registry's sources. Comes out: results/raw, results/corpora, results/benchmarks,
results/clean (corpora without what the study holds out) and results/checks (the proof).
"""

RAW = plan.data.raw_files(study)


rule download:
    """Fetch a raw file and check its SHA-256."""
    output:
        "results/raw/{path}",
    log:
        "results/logs/download/{path}.log",
    benchmark:
        "results/timings/download/{path}.tsv"
    wildcard_constraints:
        path=plan.patterns.any_of(plan.data.raw_paths(RAW, "download")),
    retries: 2
    conda:
        "../envs/lingraft.yaml"
    params:
        options=lambda wildcards: plan.data.download_options(RAW[wildcards.path]),
    message:
        "download {wildcards.path}"
    shell:
        "python -m scripts.data.download"
        " {params.options:q}"
        " --output {output:q}"
        " --log {log:q}"


# What a person got by hand is there or not; retrying cannot help.
use rule download as take_file with:
    wildcard_constraints:
        path=plan.patterns.any_of(plan.data.raw_paths(RAW, "file")),
    retries: 0
    message:
        "take {wildcards.path}"


use rule download as take_folder with:
    output:
        directory("results/raw/{path}"),
    wildcard_constraints:
        path=plan.patterns.any_of(plan.data.raw_paths(RAW, "folder")),
    retries: 0
    message:
        "take the folder {wildcards.path}"


rule build_corpus:
    """Read a data set out of its raw files."""
    input:
        lambda wildcards: plan.data.corpus_inputs(study, wildcards.dataset),
    output:
        "results/corpora/{dataset}.parquet",
    log:
        "results/logs/build_corpus/{dataset}.log",
    benchmark:
        "results/timings/build_corpus/{dataset}.tsv"
    conda:
        "../envs/lingraft.yaml"
    params:
        options=lambda wildcards: plan.data.corpus_options(study, wildcards.dataset),
    message:
        "build corpus {wildcards.dataset}"
    shell:
        "python -m scripts.data.build_corpus"
        " {params.options:q}"
        " --raw {input:q}"
        " --output {output:q}"
        " --log {log:q}"


rule build_benchmark:
    """Turn held-out records into a benchmark."""
    input:
        lambda wildcards: plan.data.benchmark_corpus(study, wildcards.benchmark),
    output:
        "results/benchmarks/{benchmark}.jsonl",
    log:
        "results/logs/build_benchmark/{benchmark}.log",
    benchmark:
        "results/timings/build_benchmark/{benchmark}.tsv"
    conda:
        "../envs/lingraft.yaml"
    params:
        options=lambda wildcards: plan.data.benchmark_options(study, wildcards.benchmark),
    message:
        "build benchmark {wildcards.benchmark}"
    shell:
        "python -m scripts.data.build_benchmark"
        " --corpus {input:q}"
        " {params.options:q}"
        " --output {output:q}"
        " --log {log:q}"


rule filter_corpus:
    """Drop what the study's benchmarks hold out from a corpus."""
    input:
        corpus="results/corpora/{dataset}.parquet",
        benchmarks=plan.data.held_out_files(study),
    output:
        "results/clean/{dataset}.parquet",
    log:
        "results/logs/filter_corpus/{dataset}.log",
    benchmark:
        "results/timings/filter_corpus/{dataset}.tsv"
    conda:
        "../envs/lingraft.yaml"
    message:
        "filter corpus {wildcards.dataset}"
    shell:
        "python -m scripts.data.filter_corpus"
        " --corpus {input.corpus:q}"
        " --benchmarks {input.benchmarks:q}"
        " --output {output:q}"
        " --log {log:q}"


rule check_overlap:
    """Prove that no held-out string stands in the training records of a corpus."""
    input:
        corpus="results/clean/{dataset}.parquet",
        benchmarks=plan.data.held_out_files(study),
    output:
        "results/checks/{dataset}.json",
    log:
        "results/logs/check_overlap/{dataset}.log",
    benchmark:
        "results/timings/check_overlap/{dataset}.tsv"
    conda:
        "../envs/lingraft.yaml"
    message:
        "check overlap of {wildcards.dataset} with what is held out"
    shell:
        "python -m scripts.data.check_overlap"
        " --corpus {input.corpus:q}"
        " --benchmarks {input.benchmarks:q}"
        " --output {output:q}"
        " --log {log:q}"
