"""Scores with intervals and signatures, and what is significant against the study's baseline.

Goes in: results/predictions. Comes out: results/judgements, where a judge compares answers; results/<model>/<benchmark>.<metric> and what each record
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


rule judge_answers:
    """Let the study's judge compare a model's answers with the baseline's."""
    input:
        predictions="results/predictions/{model}/{benchmark}.jsonl",
        baseline=f"results/predictions/{study.baseline}/{{benchmark}}.jsonl",
        prompts=judge_prompts,
    output:
        "results/judgements/{model}/{benchmark}.jsonl",
    log:
        "results/logs/judge_answers/{model}/{benchmark}.log",
    benchmark:
        "results/timings/judge_answers/{model}/{benchmark}.tsv"
    wildcard_constraints:
        benchmark=judged_benchmarks(),
    conda:
        "../envs/lingraft.yaml"
    resources:
        judge_access=judge_access(),
    params:
        options=judge_options,
        baseline=study.baseline,
    message:
        "judge {wildcards.model} on {wildcards.benchmark}"
    shell:
        "python -m scripts.score.judge_answers"
        " --predictions {input.predictions:q}"
        " --model {wildcards.model:q}"
        " --baseline {input.baseline:q}"
        " --baseline-name {params.baseline:q}"
        " --benchmark {wildcards.benchmark:q}"
        " {params.options:q}"
        " {resources.judge_access}"
        " --output {output:q}"
        " --log {log:q}"


rule score_judgements:
    """Score a model by what the judge said."""
    input:
        "results/judgements/{model}/{benchmark}.jsonl",
    output:
        score="results/{model}/{benchmark}.{metric}",
        records="results/records/{model}/{benchmark}.{metric}.jsonl",
    log:
        "results/logs/score_judgements/{model}/{benchmark}.{metric}.log",
    benchmark:
        "results/timings/score_judgements/{model}/{benchmark}.{metric}.tsv"
    wildcard_constraints:
        benchmark=scored_by(lambda name: name == "score_judgements"),
    conda:
        "../envs/lingraft.yaml"
    params:
        resamples=study.resamples,
    message:
        "score {wildcards.model} on {wildcards.benchmark}: {wildcards.metric}"
    shell:
        "python -m scripts.score.score_judgements"
        " --predictions {input:q}"
        " --metric {wildcards.metric}"
        " --model {wildcards.model:q}"
        " --benchmark {wildcards.benchmark:q}"
        " --samples {params.resamples}"
        " --output {output.score:q}"
        " --records {output.records:q}"
        " --log {log:q}"


rule compare_scores:
    """Test a model against the study's baseline on the same records."""
    input:
        baseline=f"results/{study.baseline}/{{benchmark}}.{{metric}}",
        baseline_records=f"results/records/{study.baseline}/{{benchmark}}.{{metric}}.jsonl",
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
        f"compare {{wildcards.model}} with {study.baseline} on {{wildcards.benchmark}}: {{wildcards.metric}}"
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
