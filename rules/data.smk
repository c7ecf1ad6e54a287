"""Raw files → corpora → held-out benchmarks and clean training corpora.

In: the sources of registry and study. Out: results/raw, results/corpora, results/benchmarks, results/clean
(corpora without what the study holds out) and results/checks (what another method finds in them).
"""

RAW = plan.data.raw_files(study)
HUB_DATA = plan.data.hub_data(study)


rule download:
    """Download a raw file and check its SHA-256.

    In: {params.options}: its address and, where known, its SHA-256. Out: the file as published.
    With LINGRAFT_MIRROR a folder of files laid out as their addresses are is asked first.
    """
    output:
        "results/raw/{path}",
    log:
        "results/logs/download/{path}.log",
    benchmark:
        "results/timings/download/{path}.tsv"
    wildcard_constraints:
        path=plan.patterns.any_of(plan.data.raw_paths(RAW, "download")),
    # The script tries again by itself what may succeed then.
    retries: 0
    localrule: HERE
    conda:
        "../envs/lingraft.yaml"
    params:
        options=lambda wildcards: plan.data.download_options(RAW[wildcards.path]),
    message:
        "download {wildcards.path}"
    shell:
        "python -m scripts.data.download"
        " {params.options:q}"
        f" --run {RUN_FILE}"
        " --output {output:q}"
        " --log {log:q}"


use rule download as take_file with:
    """Take a raw file that a person got by hand from $LINGRAFT_MANUAL, or that the study names."""
    input:
        lambda wildcards: RAW[wildcards.path].local_files,
    wildcard_constraints:
        path=plan.patterns.any_of(plan.data.raw_paths(RAW, "file")),
    localrule: HERE
    message:
        "take {wildcards.path}"


use rule download as take_folder with:
    """Take a raw folder that a person got by hand from $LINGRAFT_MANUAL, or that the study names."""
    input:
        lambda wildcards: RAW[wildcards.path].local_files,
    output:
        directory("results/raw/{path}"),
    wildcard_constraints:
        path=plan.patterns.any_of(plan.data.raw_paths(RAW, "folder")),
    localrule: HERE
    message:
        "take the folder {wildcards.path}"


rule fetch_dataset:
    """Fetch a part of a data set from the Hugging Face hub into its client's cache.

    In: {params.source}. Out: a record of its files and their commit, which later runs keep to.
    """
    output:
        "results/raw/{path}",
    log:
        "results/logs/fetch_dataset/{path}.log",
    benchmark:
        "results/timings/fetch_dataset/{path}.tsv"
    wildcard_constraints:
        path=plan.patterns.any_of(HUB_DATA),
    localrule: HERE
    conda:
        "../envs/lingraft.yaml"
    params:
        source=lambda wildcards: str(HUB_DATA[wildcards.path]),
    message:
        "fetch {params.source}"
    shell:
        "python -m scripts.data.fetch_dataset"
        " --source {params.source:q}"
        " --output {output:q}"
        " --log {log:q}"


rule build_corpus:
    """Read a data set out of its raw files.

    In: the raw files of {dataset}, and {params.options}: loader, kind, languages. Out: its records
    as a table, with the columns of its kind.
    """
    input:
        lambda wildcards: plan.data.corpus_inputs(study, wildcards.dataset),
    output:
        "results/corpora/{dataset}.parquet",
    log:
        "results/logs/build_corpus/{dataset}.log",
    benchmark:
        "results/timings/build_corpus/{dataset}.tsv"
    wildcard_constraints:
        dataset=plan.patterns.any_of(plan.clean.whole_builds(study)),
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


rule read_wordings:
    """Read how requests are worded out of the files they are published in.

    In: the files of the set {name}. Out: its requests, JSON.
    """
    input:
        lambda wildcards: plan.wordings.wordings_inputs(study, wildcards.name),
    output:
        "results/wordings/{name}.json",
    log:
        "results/logs/read_wordings/{name}.log",
    benchmark:
        "results/timings/read_wordings/{name}.tsv"
    wildcard_constraints:
        name=plan.patterns.any_of(study.registry.wordings),
    conda:
        "../envs/lingraft.yaml"
    params:
        options=lambda wildcards: plan.wordings.wordings_options(study, wildcards.name),
    message:
        "read the wordings of {wildcards.name}"
    shell:
        "python -m scripts.data.read_wordings"
        " --name {wildcards.name:q}"
        " {params.options:q}"
        " --output {output:q}"
        " --log {log:q}"


rule build_benchmark:
    """Turn held-out records into a benchmark.

    In: the corpora of {benchmark}, and {params.options}: task, languages, seed. Out: instruction
    records with references or choices, JSON lines.
    """
    input:
        corpora=lambda wildcards: plan.data.benchmark_corpora(study, wildcards.benchmark),
        wordings=lambda wildcards: plan.wordings.benchmark_wordings(study, wildcards.benchmark),
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
        prompts=plan.wordings.texts_of([], "tasks"),
    message:
        "build benchmark {wildcards.benchmark}"
    shell:
        "python -m scripts.data.build_benchmark"
        " --corpora {input.corpora:q}"
        " {params.options:q}"
        " --output {output:q}"
        " --log {log:q}"


rule filter_corpus:
    """Drop what the study's benchmarks hold out from a corpus.

    In: the corpus of {dataset} and all benchmarks of the study. Out: the corpus without records
    that are found to have a held-out string; models train on nothing else.
    """
    input:
        corpus=lambda wildcards: plan.clean.source_corpus(study, wildcards.dataset),
        benchmarks=plan.data.held_out_files(study),
    output:
        "results/clean/{dataset}.parquet",
    log:
        "results/logs/filter_corpus/{dataset}.log",
    benchmark:
        "results/timings/filter_corpus/{dataset}.tsv"
    wildcard_constraints:
        dataset=plan.patterns.any_of(plan.clean.whole_datasets(study)),
    conda:
        "../envs/lingraft.yaml"
    params:
        *plan.data.decontamination(study),
    message:
        "filter corpus {wildcards.dataset}"
    shell:
        "python -m scripts.data.filter_corpus"
        " --corpus {input.corpus:q}"
        " --benchmarks {input.benchmarks:q}"
        " {params:q}"
        " --output {output:q}"
        " --log {log:q}"


rule check_overlap:
    """Search the training records of a corpus for held-out text, by another method.

    In: the clean corpus of {dataset} and all benchmarks of the study. Out: how many records were
    examined, what the filter dropped, and what was found here, which fails the job unless the study
    says `decontaminate: report`.
    """
    input:
        corpus="results/clean/{dataset}.parquet",
        benchmarks=plan.data.held_out_files(study),
    output:
        "results/checks/{dataset}.json",
    log:
        "results/logs/check_overlap/{dataset}.log",
    benchmark:
        "results/timings/check_overlap/{dataset}.tsv"
    wildcard_constraints:
        dataset=plan.patterns.any_of(plan.clean.whole_datasets(study)),
    conda:
        "../envs/lingraft.yaml"
    params:
        *plan.data.decontamination(study),
    message:
        "check overlap of {wildcards.dataset} with what is held out"
    shell:
        "python -m scripts.data.check_overlap"
        " --corpus {input.corpus:q}"
        " --benchmarks {input.benchmarks:q}"
        " {params:q}"
        " --output {output:q}"
        " --log {log:q}"
