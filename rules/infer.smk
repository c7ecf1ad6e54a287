"""Answers of a model to a benchmark.

In: results/models/<model> and results/benchmarks/<benchmark>.jsonl. Out:
results/predictions/<model>/<benchmark>.jsonl. The benchmark's task picks the rule.
"""


rule generate:
    """Let a model answer a benchmark by generating.

    In: {model}, {benchmark}, asked in the format {params.format}, {params.batch} records at once.
    Out: its records, each with a prediction of at most {params.longest} tokens.
    """
    input:
        model="results/models/{model}/stage.json",
        benchmark="results/benchmarks/{benchmark}.jsonl",
    output:
        "results/predictions/{model}/{benchmark}.jsonl",
    log:
        "results/logs/generate/{model}/{benchmark}.log",
    benchmark:
        "results/timings/generate/{model}/{benchmark}.tsv"
    wildcard_constraints:
        benchmark=plan.patterns.benchmarks_of(study.registry, *tasks_answered_by("generate")),
    conda:
        "../envs/lingraft.yaml"
    threads: study.run.infer_threads
    resources:
        mem_mb=3000,
    params:
        format=lambda wildcards: plan.infer.model_format(study, wildcards.model),
        batch=study.infer.batch,
        sample=lambda wildcards: plan.infer.sample_options(study, wildcards.benchmark),
        longest=lambda wildcards: plan.infer.longest_answer(study, wildcards.benchmark),
    message:
        "generate {wildcards.benchmark} with {wildcards.model}"
    shell:
        "OMP_NUM_THREADS={threads} python -m scripts.infer.generate"
        " --model $(dirname {input.model:q})"
        " --benchmark {input.benchmark:q}"
        " {params.sample:q}"
        " --format {params.format}"
        " --batch-size {params.batch}"
        " --max-new-tokens {params.longest}"
        " --output {output:q}"
        " --log {log:q}"


rule rank_choices:
    """Let a model choose among answers by their likelihood.

    In: {model}, {benchmark}, asked in the format {params.format}, {params.batch} records at once.
    Out: its records, each with the choice that the model finds likeliest.
    """
    input:
        model="results/models/{model}/stage.json",
        benchmark="results/benchmarks/{benchmark}.jsonl",
    output:
        "results/predictions/{model}/{benchmark}.jsonl",
    log:
        "results/logs/rank_choices/{model}/{benchmark}.log",
    benchmark:
        "results/timings/rank_choices/{model}/{benchmark}.tsv"
    wildcard_constraints:
        benchmark=plan.patterns.benchmarks_of(study.registry, *tasks_answered_by("rank_choices")),
    conda:
        "../envs/lingraft.yaml"
    threads: study.run.infer_threads
    resources:
        mem_mb=3000,
    params:
        format=lambda wildcards: plan.infer.model_format(study, wildcards.model),
        batch=study.infer.batch,
        sample=lambda wildcards: plan.infer.sample_options(study, wildcards.benchmark),
    message:
        "rank choices of {wildcards.benchmark} with {wildcards.model}"
    shell:
        "OMP_NUM_THREADS={threads} python -m scripts.infer.rank_choices"
        " --model $(dirname {input.model:q})"
        " --benchmark {input.benchmark:q}"
        " {params.sample:q}"
        " --format {params.format}"
        " --batch-size {params.batch}"
        " --output {output:q}"
        " --log {log:q}"


rule measure_text:
    """Measure how well a model predicts text.

    In: {model} and the documents of {benchmark}. Out: the documents, each with its negative
    log-likelihood in a window of {params.window} tokens.
    """
    input:
        model="results/models/{model}/stage.json",
        benchmark="results/benchmarks/{benchmark}.jsonl",
    output:
        "results/predictions/{model}/{benchmark}.jsonl",
    log:
        "results/logs/measure_text/{model}/{benchmark}.log",
    benchmark:
        "results/timings/measure_text/{model}/{benchmark}.tsv"
    wildcard_constraints:
        benchmark=plan.patterns.benchmarks_of(study.registry, *tasks_answered_by("measure_text")),
    conda:
        "../envs/lingraft.yaml"
    threads: study.run.infer_threads
    resources:
        mem_mb=3000,
    params:
        window=study.infer.window,
        sample=lambda wildcards: plan.infer.sample_options(study, wildcards.benchmark),
    message:
        "measure {wildcards.benchmark} with {wildcards.model}"
    shell:
        "OMP_NUM_THREADS={threads} python -m scripts.infer.measure_text"
        " --model $(dirname {input.model:q})"
        " --benchmark {input.benchmark:q}"
        " {params.sample:q}"
        " --window {params.window}"
        " --output {output:q}"
        " --log {log:q}"
