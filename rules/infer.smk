"""Answers of a model to benchmarks.

In: results/models/<model> and results/benchmarks/<benchmark>.jsonl. Out:
results/predictions/<model>/<benchmark>.jsonl, and of one record all there is to know, results/
<model>/<benchmark>.case-<id>.json. The benchmark's task picks the way of answering.
"""

# Models of which one job answers all benchmarks; single ones are of the others
# (scripts/plan/bundles.py).
ANSWERING = plan.bundles.answering_models(study, wanted)


rule answer_benchmarks:
    """Let a model answer all benchmarks of the study.

    In: {model} and the benchmarks. Out: their records, each with what the model answered, by the
    script of its task. What was answered before is not asked again.
    """
    input:
        model="results/models/{model}/stage.json",
        benchmarks=plan.infer.benchmark_inputs(study),
        environment=ancient(plan.infer.environment_files(study, machine)),
    output:
        plan.bundles.answers(study),
    log:
        "results/logs/answer_benchmarks/{model}.log",
    benchmark:
        "results/timings/answer_benchmarks/{model}.tsv"
    wildcard_constraints:
        model=plan.patterns.any_of(ANSWERING),
    conda:
        plan.infer.conda_file(study)
    container:
        plan.infer.container(study)
    threads: plan.threads.answering_threads(study, machine)
    resources:
        mem_mb=lambda wildcards: plan.infer.answering_mib(study, wildcards.model),
        gpu=plan.infer.gpus(study, machine),
    params:
        work=lambda wildcards: plan.infer.answering_work(study, wildcards.model),
        prompts=lambda wildcards: plan.wordings.texts_of(
            plan.infer.answering_work(study, wildcards.model), "tasks"
        ),
    message:
        "answer all benchmarks with {wildcards.model}"
    shell:
        f"OMP_NUM_THREADS={{threads}} {plan.infer.python(study, machine)}"
        " -m scripts.infer.answer_benchmarks"
        " --model $(dirname {input.model:q})"
        f" --checks {plan.paths.CHECKS}"
        f" --run {RUN_FILE}"
        " --log {log:q}"
        " {params.work:q}"


rule answer_benchmark:
    """Let a model answer one benchmark.

    In: {model} and {benchmark}, asked as {params.work} says. Out: its records, each with what the
    model answered.
    """
    input:
        model="results/models/{model}/stage.json",
        benchmark="results/benchmarks/{benchmark}.jsonl",
        exemplars=lambda wildcards: plan.infer.exemplars_inputs(study, wildcards.benchmark),
        environment=ancient(plan.infer.environment_files(study, machine)),
    output:
        "results/predictions/{model}/{benchmark}.jsonl",
    log:
        "results/logs/answer_benchmark/{model}/{benchmark}.log",
    benchmark:
        "results/timings/answer_benchmark/{model}/{benchmark}.tsv"
    wildcard_constraints:
        model=plan.patterns.others_than(ANSWERING, plan.infer.asked_here(study), study.models),
    conda:
        plan.infer.conda_file(study)
    container:
        plan.infer.container(study)
    threads: plan.threads.answering_threads(study, machine)
    resources:
        mem_mb=lambda wildcards: plan.infer.answering_mib(study, wildcards.model),
        gpu=plan.infer.gpus(study, machine),
    params:
        work=lambda wildcards: plan.infer.answering_options(
            study, wildcards.model, wildcards.benchmark
        ),
        prompts=lambda wildcards: plan.wordings.texts_of(
            plan.infer.answering_options(study, wildcards.model, wildcards.benchmark), "tasks"
        ),
    message:
        "answer {wildcards.benchmark} with {wildcards.model}"
    shell:
        f"OMP_NUM_THREADS={{threads}} {plan.infer.python(study, machine)}"
        " -m scripts.infer.answer_benchmarks"
        " --model $(dirname {input.model:q})"
        f" --checks {plan.paths.CHECKS}"
        f" --run {RUN_FILE}"
        " --benchmark {input.benchmark:q}"
        " {params.work:q}"
        " --output {output:q}"
        " --log {log:q}"


rule explain_case:
    """Explain a model's answer to one record: prompt, tokens, what else was likely, all scores.

    In: {model}, its predictions on {benchmark} and what each record adds to their scores. Out: JSON
    of the record {id}, which is percent-encoded where no file's name can hold it.
    """
    input:
        model="results/models/{model}/stage.json",
        benchmark="results/benchmarks/{benchmark}.jsonl",
        exemplars=lambda wildcards: plan.infer.exemplars_inputs(study, wildcards.benchmark),
        predictions="results/predictions/{model}/{benchmark}.jsonl",
        records=lambda wildcards: plan.cases.case_records(
            study, wildcards.model, wildcards.benchmark
        ),
    output:
        "results/{model}/{benchmark}.case-{id}.json",
    log:
        "results/logs/explain_case/{model}/{benchmark}.case-{id}.log",
    benchmark:
        "results/timings/explain_case/{model}/{benchmark}.case-{id}.tsv"
    wildcard_constraints:
        id=plan.cases.ID,
    conda:
        "../envs/lingraft.yaml"
    threads: plan.threads.answering_threads(study, machine)
    resources:
        mem_mb=lambda wildcards: plan.model_sizes.loading_mib(study, wildcards.model, least=3000),
    params:
        options=lambda wildcards: plan.cases.case_options(
            study, wildcards.model, wildcards.benchmark
        ),
    message:
        "explain record {wildcards.id} of {wildcards.benchmark} with {wildcards.model}"
    shell:
        "OMP_NUM_THREADS={threads} python -m scripts.infer.explain_case"
        " --model $(dirname {input.model:q})"
        f" --checks {plan.paths.CHECKS}"
        " --benchmark {input.benchmark:q}"
        " --predictions {input.predictions:q}"
        " --id={wildcards.id:q}"
        " {params.options:q}"
        " --output {output:q}"
        " --log {log:q}"
