"""Scores with intervals and signatures, and what is significant against the study's baseline.

Goes in: results/predictions. Comes out: results/<model>/<benchmark>.<metric> and what each record
adds to it, results/records/<model>/<benchmark>.<metric>.jsonl; results/comparisons/<model>/
<benchmark>.<metric>.json; and results/<benchmark>.<metric>, the score of the study's main model.
"""


include: "inputs/score.smk"


rule score_predictions:
    """Score predictions by a metric of the main environment."""
    input:
        predictions="results/predictions/{model}/{benchmark}.jsonl",
        pieces=metric_pieces,
    output:
        score="results/{model}/{benchmark}.{metric}",
        records="results/records/{model}/{benchmark}.{metric}.jsonl",
    log:
        "results/logs/score_predictions/{model}/{benchmark}.{metric}.log",
    benchmark:
        "results/timings/score_predictions/{model}/{benchmark}.{metric}.tsv"
    wildcard_constraints:
        benchmark=scored_by(is_module),
    conda:
        "../envs/lingraft.yaml"
    params:
        settings=metric_settings,
        resamples=study.resamples,
    message:
        "score {wildcards.model} on {wildcards.benchmark}: {wildcards.metric}"
    shell:
        "python -m scripts.score.score_predictions"
        " --predictions {input.predictions:q}"
        " --metric {wildcards.metric}"
        " {params.settings:q}"
        " --model {wildcards.model:q}"
        " --benchmark {wildcards.benchmark:q}"
        " --samples {params.resamples}"
        " --output {output.score:q}"
        " --records {output.records:q}"
        " --log {log:q}"


rule score_comet:
    """Score translations with COMET."""
    input:
        predictions="results/predictions/{model}/{benchmark}.jsonl",
        weights=checkpoint_files,
        environment=environment_of("comet"),
    output:
        score="results/{model}/{benchmark}.{metric}",
        records="results/records/{model}/{benchmark}.{metric}.jsonl",
    log:
        "results/logs/score_comet/{model}/{benchmark}.{metric}.log",
    benchmark:
        "results/timings/score_comet/{model}/{benchmark}.{metric}.tsv"
    wildcard_constraints:
        benchmark=scored_by("score_comet".__eq__),
    conda:
        "../envs/comet.yaml"
    threads: study.run["threads"]
    resources:
        mem_mb=8000,
    params:
        weights=checkpoint_options,
        resamples=study.resamples,
    message:
        "score {wildcards.model} on {wildcards.benchmark}: {wildcards.metric}"
    shell:
        f"OMP_NUM_THREADS={{threads}} {python_of('comet')} -m scripts.score.score_comet"
        " --predictions {input.predictions:q}"
        " --metric {wildcards.metric}"
        " {params.weights:q}"
        " --model {wildcards.model:q}"
        " --benchmark {wildcards.benchmark:q}"
        " --samples {params.resamples}"
        " --output {output.score:q}"
        " --records {output.records:q}"
        " --log {log:q}"


rule score_bleurt:
    """Score translations with BLEURT."""
    input:
        predictions="results/predictions/{model}/{benchmark}.jsonl",
        weights=checkpoint_files,
        environment=environment_of("bleurt"),
    output:
        score="results/{model}/{benchmark}.{metric}",
        records="results/records/{model}/{benchmark}.{metric}.jsonl",
    log:
        "results/logs/score_bleurt/{model}/{benchmark}.{metric}.log",
    benchmark:
        "results/timings/score_bleurt/{model}/{benchmark}.{metric}.tsv"
    wildcard_constraints:
        benchmark=scored_by("score_bleurt".__eq__),
    conda:
        "../envs/bleurt.yaml"
    threads: study.run["threads"]
    resources:
        mem_mb=8000,
    params:
        weights=checkpoint_options,
        resamples=study.resamples,
    message:
        "score {wildcards.model} on {wildcards.benchmark}: {wildcards.metric}"
    shell:
        f"OMP_NUM_THREADS={{threads}} {python_of('bleurt')} -m scripts.score.score_bleurt"
        " --predictions {input.predictions:q}"
        " --metric {wildcards.metric}"
        " {params.weights:q}"
        " --model {wildcards.model:q}"
        " --benchmark {wildcards.benchmark:q}"
        " --samples {params.resamples}"
        " --output {output.score:q}"
        " --records {output.records:q}"
        " --log {log:q}"


rule score_bertscore:
    """Score texts with BERTScore."""
    input:
        predictions="results/predictions/{model}/{benchmark}.jsonl",
        weights=checkpoint_files,
        environment=environment_of("bertscore"),
    output:
        score="results/{model}/{benchmark}.{metric}",
        records="results/records/{model}/{benchmark}.{metric}.jsonl",
    log:
        "results/logs/score_bertscore/{model}/{benchmark}.{metric}.log",
    benchmark:
        "results/timings/score_bertscore/{model}/{benchmark}.{metric}.tsv"
    wildcard_constraints:
        benchmark=scored_by("score_bertscore".__eq__),
    conda:
        "../envs/bertscore.yaml"
    threads: study.run["threads"]
    resources:
        mem_mb=8000,
    params:
        weights=checkpoint_options,
        resamples=study.resamples,
    message:
        "score {wildcards.model} on {wildcards.benchmark}: {wildcards.metric}"
    shell:
        f"PYTHONHASHSEED=0 OMP_NUM_THREADS={{threads}} {python_of('bertscore')} -m scripts.score.score_bertscore"
        " --predictions {input.predictions:q}"
        " --metric {wildcards.metric}"
        " {params.weights:q}"
        " --model {wildcards.model:q}"
        " --benchmark {wildcards.benchmark:q}"
        " --samples {params.resamples}"
        " --output {output.score:q}"
        " --records {output.records:q}"
        " --log {log:q}"


rule compare_scores:
    """Test a model against the study's baseline, or a variant against what it varies."""
    input:
        baseline=lambda wildcards: f"results/{rival(wildcards)}/{{benchmark}}.{{metric}}",
        baseline_records=lambda wildcards: (
            f"results/records/{rival(wildcards)}/{{benchmark}}.{{metric}}.jsonl"
        ),
        system="results/{model}/{benchmark}.{metric}",
        system_records="results/records/{model}/{benchmark}.{metric}.jsonl",
    output:
        "results/comparisons/{model}/{benchmark}.{metric}.json",
    log:
        "results/logs/compare_scores/{model}/{benchmark}.{metric}.log",
    benchmark:
        "results/timings/compare_scores/{model}/{benchmark}.{metric}.tsv"
    conda:
        "../envs/lingraft.yaml"
    params:
        trials=study.trials,
    message:
        "compare {input.system} with {input.baseline}"
    shell:
        "python -m scripts.score.compare_scores"
        " --baseline {input.baseline:q}"
        " --system {input.system:q}"
        " --trials {params.trials}"
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
