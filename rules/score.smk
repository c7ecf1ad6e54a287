"""Scores with intervals and signatures, and what is significant against the base.

Goes in: results/predictions. Comes out: results/<model>/<benchmark>.<metric>,
results/comparisons/<model>/<benchmark>.<metric>.json, and results/<benchmark>.<metric>, which is
the score of the study's main model.
"""


include: "inputs/score.smk"


rule score_translation:
    """Score translations."""
    input:
        "results/predictions/{model}/{benchmark}.jsonl",
    output:
        "results/{model}/{benchmark}.{metric}",
    log:
        "results/logs/score_translation/{model}/{benchmark}.{metric}.log",
    benchmark:
        "results/timings/score_translation/{model}/{benchmark}.{metric}.tsv"
    wildcard_constraints:
        benchmark=benchmarks_of("translation"),
        metric="bleu|chrf",
    conda:
        "../envs/lingraft.yaml"
    params:
        tokenize=target_tokenizer,
        resamples=study.resamples,
    message:
        "score {wildcards.model} on {wildcards.benchmark}: {wildcards.metric}"
    shell:
        "python -m scripts.score.score_translation"
        " --predictions {input:q}"
        " --metric {wildcards.metric}"
        " --tokenize {params.tokenize}"
        " --model {wildcards.model:q}"
        " --benchmark {wildcards.benchmark:q}"
        " --samples {params.resamples}"
        " --output {output:q}"
        " --log {log:q}"


rule score_choices:
    """Score choices."""
    input:
        "results/predictions/{model}/{benchmark}.jsonl",
    output:
        "results/{model}/{benchmark}.{metric}",
    log:
        "results/logs/score_choices/{model}/{benchmark}.{metric}.log",
    benchmark:
        "results/timings/score_choices/{model}/{benchmark}.{metric}.tsv"
    wildcard_constraints:
        benchmark=benchmarks_of("choice"),
        metric="accuracy",
    conda:
        "../envs/lingraft.yaml"
    params:
        resamples=study.resamples,
    message:
        "score {wildcards.model} on {wildcards.benchmark}: {wildcards.metric}"
    shell:
        "python -m scripts.score.score_choices"
        " --predictions {input:q}"
        " --metric {wildcards.metric}"
        " --model {wildcards.model:q}"
        " --benchmark {wildcards.benchmark:q}"
        " --samples {params.resamples}"
        " --output {output:q}"
        " --log {log:q}"


rule score_text:
    """Score how well text was predicted."""
    input:
        "results/predictions/{model}/{benchmark}.jsonl",
    output:
        "results/{model}/{benchmark}.{metric}",
    log:
        "results/logs/score_text/{model}/{benchmark}.{metric}.log",
    benchmark:
        "results/timings/score_text/{model}/{benchmark}.{metric}.tsv"
    wildcard_constraints:
        benchmark=benchmarks_of("text"),
        metric="bpb|ppl",
    conda:
        "../envs/lingraft.yaml"
    params:
        resamples=study.resamples,
    message:
        "score {wildcards.model} on {wildcards.benchmark}: {wildcards.metric}"
    shell:
        "python -m scripts.score.score_text"
        " --predictions {input:q}"
        " --metric {wildcards.metric}"
        " --model {wildcards.model:q}"
        " --benchmark {wildcards.benchmark:q}"
        " --samples {params.resamples}"
        " --output {output:q}"
        " --log {log:q}"


rule compare_scores:
    """Test a model against the base on the same records."""
    input:
        baseline="results/predictions/base/{benchmark}.jsonl",
        system="results/predictions/{model}/{benchmark}.jsonl",
    output:
        "results/comparisons/{model}/{benchmark}.{metric}.json",
    log:
        "results/logs/compare_scores/{model}/{benchmark}.{metric}.log",
    benchmark:
        "results/timings/compare_scores/{model}/{benchmark}.{metric}.tsv"
    conda:
        "../envs/lingraft.yaml"
    params:
        tokenize=target_tokenizer,
        resamples=study.resamples,
    message:
        "compare {wildcards.model} with base on {wildcards.benchmark}: {wildcards.metric}"
    shell:
        "python -m scripts.score.compare_scores"
        " --baseline {input.baseline:q}"
        " --system {input.system:q}"
        " --metric {wildcards.metric}"
        " --tokenize {params.tokenize}"
        " --model {wildcards.model:q}"
        " --baseline-name base"
        " --benchmark {wildcards.benchmark:q}"
        " --samples {params.resamples}"
        " --output {output:q}"
        " --log {log:q}"


rule main_score:
    """The score of the study's main model, without its name in the path."""
    input:
        f"results/{study.main}/{{benchmark}}.{{metric}}",
    output:
        "results/{benchmark}.{metric}",
    log:
        "results/logs/main_score/{benchmark}.{metric}.log",
    benchmark:
        "results/timings/main_score/{benchmark}.{metric}.tsv"
    conda:
        "../envs/lingraft.yaml"
    message:
        "copy the main model's score on {wildcards.benchmark}: {wildcards.metric}"
    shell:
        "cp {input:q} {output:q} 2> {log:q}"
