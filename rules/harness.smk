"""Benchmarks of lm-evaluation-harness, which asks and scores in an environment of its own.

In: tasks of the harness, or of the study's own folder, and results/models/<model>. Out:
results/benchmarks/<benchmark>.jsonl and results/predictions/<model>/<benchmark>.jsonl, as of all
other benchmarks; what of each answer counts is what the harness's own metrics say.
"""


# These two are for the harness's benchmarks, the others for all.
ruleorder: build_harness_benchmark > build_benchmark
ruleorder: answer_with_harness > answer_benchmark


rule build_harness_benchmark:
    """List the questions of a task, before anything is trained or asked.

    In: {params.options}, a task. Out: its questions, and the texts of its records, which are held out
    from training. Its data comes from the cache of the hub's client, or into it.
    """
    input:
        tasks=lambda wildcards: plan.harness.task_files(study, wildcards.benchmark),
        environment=lambda wildcards: ancient(plan.environments.ready_files("lm-eval", machine)),
    output:
        "results/benchmarks/{benchmark}.jsonl",
    log:
        "results/logs/build_harness_benchmark/{benchmark}.log",
    benchmark:
        "results/timings/build_harness_benchmark/{benchmark}.tsv"
    wildcard_constraints:
        benchmark=plan.patterns.any_of(study.harness),
    # A task that is not there is told before hours of training.
    priority: 100
    localrule: HERE
    conda:
        "../envs/lm-eval.yaml"
    container:
        plan.environments.image("lm-eval")
    params:
        options=lambda wildcards: plan.harness.listing_options(study, wildcards.benchmark),
    message:
        "list the questions of {wildcards.benchmark}"
    shell:
        f"{plan.environments.python_command(machine)} -m scripts.data.build_harness_benchmark"
        " {params.options:q}"
        " --output {output:q}"
        " --log {log:q}"


rule answer_with_harness:
    """Let lm-evaluation-harness put a task to a model, offline.

    In: {model} and the questions of {benchmark}, asked as {params.options} says. Out: the questions,
    each with the answer and what the task's metrics say of it.
    """
    input:
        model="results/models/{model}/stage.json",
        benchmark="results/benchmarks/{benchmark}.jsonl",
        tasks=lambda wildcards: plan.harness.task_files(study, wildcards.benchmark),
        environment=lambda wildcards: ancient(plan.environments.ready_files("lm-eval", machine)),
    output:
        "results/predictions/{model}/{benchmark}.jsonl",
    log:
        "results/logs/answer_with_harness/{model}/{benchmark}.log",
    benchmark:
        "results/timings/answer_with_harness/{model}/{benchmark}.tsv"
    wildcard_constraints:
        benchmark=plan.patterns.any_of(study.harness),
    conda:
        "../envs/lm-eval.yaml"
    container:
        plan.environments.image("lm-eval")
    threads: plan.threads.answering_threads(study, machine)
    resources:
        mem_mb=lambda wildcards: plan.model_sizes.loading_mib(study, wildcards.model, least=4000),
    params:
        options=lambda wildcards: plan.harness.asking_options(study, wildcards.benchmark),
    message:
        "answer {wildcards.benchmark} with {wildcards.model}, by lm-evaluation-harness"
    shell:
        f"OMP_NUM_THREADS={{threads}} {plan.environments.python_command(machine)}"
        " -m scripts.infer.answer_with_harness"
        " --model $(dirname {input.model:q})"
        " --benchmark {input.benchmark:q}"
        " {params.options:q}"
        " --output {output:q}"
        " --log {log:q}"
