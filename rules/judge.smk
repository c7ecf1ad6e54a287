"""A judge's verdicts on answers, and the scores that they make.

In: results/predictions, published answers, a judge. Out: results/judgements/<model>/
<benchmark>.jsonl, results/judgements/<review>.jsonl; results/<model>/<benchmark>.<metric> and what
each record adds to it, results/records/<model>/<benchmark>.<metric>.jsonl.
"""


# How the judge is reached changes no judgement. It is in results/run.json, which is no input: another
# address or price asks nothing again.
rule judge_answers:
    """Let the study's judge compare a model's answers with the baseline's.

    In: the predictions of {model} and {params.baseline} on {benchmark}, and {params.options}: the
    judge and how it is asked. Out: one judgement per record. A reply that was paid for is never asked
    for again.
    """
    input:
        predictions="results/predictions/{model}/{benchmark}.jsonl",
        baseline=f"results/predictions/{study.baseline}/{{benchmark}}.jsonl",
        prompts=plan.judge.prompt_files(study),
    output:
        "results/judgements/{model}/{benchmark}.jsonl",
    log:
        "results/logs/judge_answers/{model}/{benchmark}.log",
    benchmark:
        "results/timings/judge_answers/{model}/{benchmark}.tsv"
    wildcard_constraints:
        benchmark=plan.patterns.judged_benchmarks(study),
    conda:
        "../envs/lingraft.yaml"
    params:
        options=plan.judge.judge_options(study),
        prompts=plan.wordings.texts_of([], "judge"),
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
        f" --run {RUN_FILE}"
        " --output {output:q}"
        " --log {log:q}"


rule score_judgements:
    """Score a model by its judgements.

    In: the judgements of {model} on {benchmark}. Out: wins, ties and losses as the score {metric},
    with an interval of {params.resamples} resamples.
    """
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
        benchmark=plan.patterns.scored_by(study.registry, "score_judgements".__eq__),
    conda:
        "../envs/lingraft.yaml"
    params:
        resamples=study.score.resamples,
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


rule judge_published:
    """Let the study's judge compare two systems' published answers, which no model here wrote.

    In: the answers of {params.found[systems]} and their questions, and {params.options}: the judge
    and how it is asked. Out: one judgement per question.
    """
    input:
        answers=lambda wildcards: plan.judge.published_answers(study, wildcards.review)["answers"],
        questions=lambda wildcards: plan.judge.published_answers(study, wildcards.review)[
            "questions"
        ],
        prompts=plan.judge.prompt_files(study),
    output:
        "results/judgements/{review}.jsonl",
    log:
        "results/logs/judge_published/{review}.log",
    benchmark:
        "results/timings/judge_published/{review}.tsv"
    wildcard_constraints:
        review=plan.patterns.answered_reviews(study),
    conda:
        "../envs/lingraft.yaml"
    params:
        options=plan.judge.judge_options(study),
        prompts=plan.wordings.texts_of([], "judge"),
        found=lambda wildcards: plan.judge.published_answers(study, wildcards.review),
    message:
        "judge the published answers of {wildcards.review}"
    shell:
        "python -m scripts.score.judge_answers"
        " --predictions {input.answers[0]:q}"
        " --model {params.found[model]:q}"
        " --baseline {input.answers[1]:q}"
        " --baseline-name {params.found[baseline]:q}"
        " --benchmark {params.found[benchmark]:q}"
        " --questions {input.questions:q}"
        " {params.options:q}"
        f" --run {RUN_FILE}"
        " --output {output:q}"
        " --log {log:q}"


rule judge_correctness:
    """Let the study's judge say of each answer of a model whether it is correct.

    In: the predictions of {model} on {benchmark}, and {params.options}: the judge and how it is
    asked. Out: one judgement per record. A reply that was paid for is never asked for again.
    """
    input:
        predictions="results/predictions/{model}/{benchmark}.jsonl",
        prompts=plan.judge.question_files(study),
    output:
        "results/judgements/{model}/{benchmark}.correct.jsonl",
    log:
        "results/logs/judge_correctness/{model}/{benchmark}.log",
    benchmark:
        "results/timings/judge_correctness/{model}/{benchmark}.tsv"
    wildcard_constraints:
        benchmark=plan.patterns.questioned_benchmarks(study),
    conda:
        "../envs/lingraft.yaml"
    params:
        options=plan.judge.question_options(study),
        prompts=plan.wordings.texts_of([], "judge_correct"),
    message:
        "judge each answer of {wildcards.model} on {wildcards.benchmark}"
    shell:
        "python -m scripts.score.judge_correctness"
        " --predictions {input.predictions:q}"
        " --model {wildcards.model:q}"
        " --benchmark {wildcards.benchmark:q}"
        " {params.options:q}"
        f" --run {RUN_FILE}"
        " --output {output:q}"
        " --log {log:q}"


rule score_correctness:
    """Score a model by the answers that a judge calls correct.

    In: the judgements of {model} on {benchmark}. Out: their percent as the score {metric}, with an
    interval, and what was said of each.
    """
    input:
        "results/judgements/{model}/{benchmark}.correct.jsonl",
    output:
        score="results/{model}/{benchmark}.{metric}",
        records="results/records/{model}/{benchmark}.{metric}.jsonl",
    log:
        "results/logs/score_correctness/{model}/{benchmark}.{metric}.log",
    benchmark:
        "results/timings/score_correctness/{model}/{benchmark}.{metric}.tsv"
    wildcard_constraints:
        benchmark=plan.patterns.scored_by(study.registry, "score_correctness".__eq__),
    conda:
        "../envs/lingraft.yaml"
    params:
        resamples=study.score.resamples,
    message:
        "score {wildcards.model} on {wildcards.benchmark}: {wildcards.metric}"
    shell:
        "python -m scripts.score.score_correctness"
        " --predictions {input:q}"
        " --metric {wildcards.metric}"
        " --model {wildcards.model:q}"
        " --benchmark {wildcards.benchmark:q}"
        " --samples {params.resamples}"
        " --output {output.score:q}"
        " --records {output.records:q}"
        " --log {log:q}"
