"""Answers of two models compared by an LLM.

Goes in: results/predictions of a model and of the study's baseline. Comes out:
results/judgements/<model>/<benchmark>.jsonl, and the scores that are made of them.
"""


include: "inputs/judge.smk"


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
