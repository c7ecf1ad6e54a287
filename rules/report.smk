"""The report: one page that a person reads, and beside it all answers.

In: tables, training logs, predictions, the study itself. Out: results/report.html and
results/answers.html.
"""

ANSWERED = plan.tables.columns(study)


rule describe_study:
    """Write down the study's settings and the sources of its data.

    In: {params.settings}, without what changes no result, and records of what the hub gave. Out:
    the settings, and a list of sources with licence and SHA-256 or commit, both JSON.
    """
    input:
        plan.report.record_files(study),
    output:
        study="results/study.json",
        sources="results/sources.json",
    log:
        "results/logs/describe_study/study.log",
    benchmark:
        "results/timings/describe_study/study.tsv"
    conda:
        "../envs/lingraft.yaml"
    params:
        settings=lambda wildcards: study.written,  # it may hold {language}
        sources=plan.report.source_facts(study),
    message:
        "describe the study"
    shell:
        "python -m scripts.report.describe_study"
        " --settings {params.settings:q}"
        " --sources {params.sources:q}"
        " --output {output.study:q}"
        " --sources-output {output.sources:q}"
        " --log {log:q}"


rule write_answers:
    """Write the page of answers, which opens offline: all models side by side, to be filtered.

    In: the predictions of {params.models} and what each record adds to their scores. Out: one HTML
    file.
    """
    input:
        predictions=plan.report.answer_files(study),
        records=plan.paths.record_files(study.compare, ANSWERED),
    output:
        "results/answers.html",
    log:
        "results/logs/write_answers/answers.log",
    benchmark:
        "results/timings/write_answers/answers.tsv"
    conda:
        "../envs/lingraft.yaml"
    params:
        title=study.name,
        baseline=study.baseline,
        models=list(study.compare),
        columns=ANSWERED,
    message:
        "write the page of answers"
    shell:
        "python -m scripts.report.write_answers"
        " --title {params.title:q}"
        " --baseline {params.baseline:q}"
        " --models {params.models:q}"
        " --columns {params.columns:q}"
        " --predictions results/predictions"
        " --scores results/records"
        " --report report.html"
        " --output {output:q}"
        " --log {log:q}"


rule write_report:
    """Write the report, one page that opens offline: tables, curves, translations, sources.

    In: tables, logs and predictions of the models that the study compares. Out: one HTML file.
    """
    input:
        scores="results/tables/main.csv",
        tokenizers=plan.report.tokenizer_files(study),
        tokens=plan.report.token_files(study),
        papers=plan.report.paper_files(study),
        embedding_init=plan.report.ablation_files(study),
        base_checks=plan.paths.CHECKS,
        overlap_checks=plan.report.overlap_files(study),
        cleaning=plan.report.cleaning_files(study),
        study="results/study.json",
        sources="results/sources.json",
        models=[plan.paths.stage_file(name) for name in plan.report.shown_stages(study)],
        predictions=plan.report.prediction_files(study),
        answers="results/answers.html",
    output:
        "results/report.html",
    log:
        "results/logs/write_report/report.log",
    benchmark:
        "results/timings/write_report/report.tsv"
    conda:
        "../envs/lingraft.yaml"
    params:
        title=study.name,
        papers=lambda wildcards, input: plan.options.flags("--paper-tables", input.papers),
        embedding_init=lambda wildcards, input: plan.options.flags(
            "--embedding-init", input.embedding_init
        ),
        tokenizers=lambda wildcards, input: plan.options.flags(
            "--tokenizer-table", input.tokenizers
        ),
        tokens=lambda wildcards, input: plan.options.flags("--coloured-tokens", input.tokens),
        overlap_checks=lambda wildcards, input: plan.options.flags(
            "--overlap-checks", input.overlap_checks
        ),
        cleaning=lambda wildcards, input: plan.options.flags("--cleaning", input.cleaning),
        logs=plan.report.log_options(study),
        models=plan.report.model_options(study),
        translations=plan.report.prediction_options(study),
        predictions=plan.options.flags("--predictions", plan.report.answer_files(study)),
        meta=plan.report.meta_files(study),
    message:
        "write the report"
    shell:
        "python -m scripts.report.write_report"
        " --title {params.title:q}"
        " --scores-table {input.scores:q}"
        " {params.tokenizers:q}"
        " {params.tokens:q}"
        " --base-checks {input.base_checks:q}"
        " {params.overlap_checks:q}"
        " {params.cleaning:q}"
        " {params.papers:q}"
        " {params.embedding_init:q}"
        " {params.logs:q}"
        " {params.models:q}"
        " --cards results/cards"
        " {params.translations:q}"
        " {params.predictions:q}"
        " --settings {input.study:q}"
        " --sources {input.sources:q}"
        " --answers {input.answers:q}"
        " --meta {params.meta:q}"
        " --timings results/timings"
        " --logs results/logs"
        " --output {output:q}"
        " --log {log:q}"
