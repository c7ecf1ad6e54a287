"""Scores with intervals and signatures, and what is significant against the study's baseline.

In: results/predictions, published weights. Out: results/<model>/<benchmark>.<metric> and what each
record adds to it, results/records/<model>/<benchmark>.<metric>.jsonl; results/comparisons/
<model>.jsonl; and results/<benchmark>.<metric>, the score of the study's main model.
"""

SCORED = plan.bundles.scored_columns(study)
NEURAL = plan.bundles.neural_benchmarks(study)

# Models whose scores one job makes; single ones are of the others (scripts/plan/bundles.py).
BUNDLED = plan.bundles.scoring_models(study, wanted)
NEURALLY = plan.bundles.neural_models(study, wanted)


rule score_benchmarks:
    """Score a model's predictions on all benchmarks of the study, in the main environment.

    In: the predictions of {model}. Out: a score for each benchmark and metric of the study, with an
    interval of {params.resamples} resamples and its signature, and what each record adds to it.
    """
    input:
        predictions=plan.bundles.predictions(study),
        pieces=plan.score.all_pieces(study),
    output:
        plan.bundles.scores(study),
        plan.bundles.records(study),
    log:
        "results/logs/score_benchmarks/{model}.log",
    benchmark:
        "results/timings/score_benchmarks/{model}.tsv"
    wildcard_constraints:
        model=plan.patterns.any_of(BUNDLED),
    conda:
        "../envs/lingraft.yaml"
    params:
        work=lambda wildcards: plan.score.scoring_work(study, wildcards.model, SCORED),
        resamples=study.score.resamples,
    message:
        "score {wildcards.model} on all benchmarks"
    shell:
        "python -m scripts.score.score_predictions"
        " --model {wildcards.model:q}"
        " --samples {params.resamples}"
        " --log {log:q}"
        " {params.work:q}"


rule score_predictions:
    """Score predictions by a metric of the main environment.

    In: the predictions of {model} on {benchmark}, and {params.settings}: languages and tokenizer of
    {metric}. Out: the score with an interval of {params.resamples} resamples and its signature, and
    what each record adds to it.
    """
    input:
        predictions="results/predictions/{model}/{benchmark}.jsonl",
        pieces=lambda wildcards: plan.score.metric_pieces(study, wildcards.metric),
    output:
        score="results/{model}/{benchmark}.{metric}",
        records="results/records/{model}/{benchmark}.{metric}.jsonl",
    log:
        "results/logs/score_predictions/{model}/{benchmark}.{metric}.log",
    benchmark:
        "results/timings/score_predictions/{model}/{benchmark}.{metric}.tsv"
    wildcard_constraints:
        model=plan.patterns.others_than(BUNDLED, SCORED, study.models),
        benchmark=plan.patterns.scored_by(study.registry, plan.score.is_module),
    conda:
        "../envs/lingraft.yaml"
    params:
        settings=lambda wildcards: plan.score.metric_options(
            study, wildcards.metric, wildcards.benchmark
        ),
        resamples=study.score.resamples,
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


# The library is in an environment of its own, and the script knows from the registry which it is.
rule score_benchmarks_neural:
    """Score a model's predictions by a published model, on all benchmarks that it scores.

    In: the predictions of {model}, and the weights of {metric}. Out: scores with an interval of
    {params.resamples} resamples and a signature, and the score of each record. What was scored
    before is not scored again.
    """
    input:
        predictions=[plan.paths.prediction_file("{model}", name) for name in NEURAL],
        weights=lambda wildcards: plan.score.weight_files(study, wildcards.metric),
        environment=lambda wildcards: ancient(
            plan.environments.ready_files(plan.score.library(study, wildcards.metric), machine)
        ),
    output:
        plan.bundles.neural_scores(study),
        plan.bundles.neural_records(study),
    log:
        "results/logs/score_benchmarks_neural/{model}/{metric}.log",
    benchmark:
        "results/timings/score_benchmarks_neural/{model}/{metric}.tsv"
    wildcard_constraints:
        model=plan.patterns.any_of(NEURALLY),
        metric=plan.patterns.any_of(plan.bundles.neural_metrics(study)),
    conda:
        lambda wildcards: f"../envs/{plan.score.library(study, wildcards.metric)}.yaml"
    container:
        lambda wildcards: plan.score.container(study, wildcards.metric)
    threads: plan.threads.answering_threads(study, machine)
    resources:
        mem_mb=8000,
    params:
        weights=lambda wildcards: plan.score.weight_options(study, wildcards.metric),
        work=lambda wildcards: plan.score.neural_work(wildcards.model, NEURAL, wildcards.metric),
        resamples=study.score.resamples,
    message:
        "score {wildcards.model} on all benchmarks: {wildcards.metric}"
    shell:
        f"PYTHONHASHSEED=0 OMP_NUM_THREADS={{threads}} {plan.environments.python_command(machine)}"
        " -m scripts.score.score_neural"
        " --metric {wildcards.metric}"
        " {params.weights:q}"
        " --model {wildcards.model:q}"
        " --samples {params.resamples}"
        " --log {log:q}"
        " {params.work:q}"


rule score_neural:
    """Score predictions by a published model: COMET, BLEURT or BERTScore.

    In: the predictions of {model} on {benchmark}, and the weights of {metric}. Out: the score with
    an interval of {params.resamples} resamples and its signature, and the score of each record.
    """
    input:
        predictions="results/predictions/{model}/{benchmark}.jsonl",
        weights=lambda wildcards: plan.score.weight_files(study, wildcards.metric),
        # What is in an environment is in its name; when it was made is no matter.
        environment=lambda wildcards: ancient(
            plan.environments.ready_files(plan.score.library(study, wildcards.metric), machine)
        ),
    output:
        score="results/{model}/{benchmark}.{metric}",
        records="results/records/{model}/{benchmark}.{metric}.jsonl",
    log:
        "results/logs/score_neural/{model}/{benchmark}.{metric}.log",
    benchmark:
        "results/timings/score_neural/{model}/{benchmark}.{metric}.tsv"
    wildcard_constraints:
        model=plan.patterns.others_than(NEURALLY, plan.bundles.neural_columns(study), study.models),
        benchmark=plan.patterns.scored_by(study.registry, plan.score.is_neural),
    conda:
        lambda wildcards: f"../envs/{plan.score.library(study, wildcards.metric)}.yaml"
    container:
        lambda wildcards: plan.score.container(study, wildcards.metric)
    threads: plan.threads.answering_threads(study, machine)
    resources:
        mem_mb=8000,
    params:
        weights=lambda wildcards: plan.score.weight_options(study, wildcards.metric),
        resamples=study.score.resamples,
    message:
        "score {wildcards.model} on {wildcards.benchmark}: {wildcards.metric}"
    shell:
        f"PYTHONHASHSEED=0 OMP_NUM_THREADS={{threads}} {plan.environments.python_command(machine)}"
        " -m scripts.score.score_neural"
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
    """Test a model against the study's baseline, or a variant against what it varies.

    In: the scores of {model} and of {params.rival} that tables compare, with their records. Out:
    a line for each: the difference and its p-values of {params.trials} paired resamples.
    """
    input:
        baseline=lambda wildcards: plan.score.rival_scores(study, wildcards.model),
        system=lambda wildcards: plan.score.compared_scores(study, wildcards.model),
        records=lambda wildcards: plan.score.compared_records(study, wildcards.model),
    output:
        "results/comparisons/{model}.jsonl",
    log:
        "results/logs/compare_scores/{model}.log",
    benchmark:
        "results/timings/compare_scores/{model}.tsv"
    conda:
        "../envs/lingraft.yaml"
    params:
        rival=lambda wildcards: plan.score.rival(study, wildcards.model),
        trials=study.score.trials,
    message:
        "compare {wildcards.model} with {params.rival}"
    shell:
        "python -m scripts.score.compare_scores"
        " --baseline {input.baseline:q}"
        " --system {input.system:q}"
        " --trials {params.trials}"
        " --output {output:q}"
        " --log {log:q}"


rule main_score:
    """Copy the score of the study's main model to a path without its name."""
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
