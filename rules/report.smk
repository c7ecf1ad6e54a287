"""Tables and the report: what a person reads.

Goes in: scores, comparisons, tokenizers, training logs, predictions. Comes out:
results/tables/<table>.{md,csv,tex} and results/report.html.
"""


include: "inputs/report.smk"


rule tabulate_scores:
    """The main table: models × benchmarks, with intervals and significance."""
    input:
        scores=expand("results/{model}/{column}", model=study.compare, column=COLUMNS),
        comparisons=expand(
            "results/comparisons/{model}/{column}.json",
            model=[name for name in study.compare if name != study.baseline],
            column=COLUMNS,
        ),
    output:
        tables("main"),
    log:
        "results/logs/tabulate_scores/main.log",
    benchmark:
        "results/timings/tabulate_scores/main.tsv"
    conda:
        "../envs/lingraft.yaml"
    params:
        models=list(study.compare),
        comparisons=lambda wildcards, input: flags("--comparisons", input.comparisons),
        baseline=study.baseline,
        columns=COLUMNS,
    message:
        "tabulate scores"
    shell:
        "python -m scripts.tables.tabulate_scores"
        " --scores {input.scores:q}"
        " {params.comparisons:q}"
        " --baseline {params.baseline:q}"
        " --models {params.models:q}"
        " --columns {params.columns:q}"
        " --output-stem results/tables/main"
        " --log {log:q}"


rule tabulate_published:
    """A paper's table in the paper's layout: ours beside the published numbers."""
    input:
        scores=paper_scores,
        comparisons=paper_comparisons,
        layout=f"{workflow.basedir}/published/tables.yaml",
        published=lambda wildcards: PAPERS[wildcards.paper].published,
    output:
        tables("{paper}"),
    log:
        "results/logs/tabulate_published/{paper}.log",
    benchmark:
        "results/timings/tabulate_published/{paper}.tsv"
    wildcard_constraints:
        paper=any_of(PAPERS),
    conda:
        "../envs/lingraft.yaml"
    params:
        table=lambda wildcards: PAPERS[wildcards.paper].id,
        systems=lambda wildcards: [
            f"{system}={model}"
            for system, model in study.tables[PAPERS[wildcards.paper].id].items()
        ],
        models=list(study.models),
        columns=COLUMNS,
        scores=lambda wildcards, input: flags("--scores", input.scores),
        comparisons=lambda wildcards, input: flags("--comparisons", input.comparisons),
    message:
        "tabulate {params.table}, ours beside the published"
    shell:
        "python -m scripts.tables.tabulate_published"
        " --table {params.table}"
        " --systems {params.systems:q}"
        " --models {params.models:q}"
        " --columns {params.columns:q}"
        " {params.scores:q}"
        " {params.comparisons:q}"
        " --published {input.published:q}"
        " --output-stem results/tables/{wildcards.paper}"
        " --log {log:q}"


rule tabulate_embedding_init:
    """The ablation of how new rows start: each method before and after a stage."""
    input:
        scores=embedding_init_scores,
        comparisons=embedding_init_comparisons,
    output:
        tables("{ablation}"),
    log:
        "results/logs/tabulate_embedding_init/{ablation}.log",
    benchmark:
        "results/timings/tabulate_embedding_init/{ablation}.tsv"
    wildcard_constraints:
        ablation=any_of(ABLATIONS),
    conda:
        "../envs/lingraft.yaml"
    params:
        options=embedding_init_options,
    message:
        "tabulate how new rows start"
    shell:
        "python -m scripts.tables.tabulate_embedding_init"
        " {params.options:q}"
        " --scores {input.scores:q}"
        " --comparisons {input.comparisons:q}"
        " --output-stem results/tables/{wildcards.ablation}"
        " --log {log:q}"


rule tabulate_tokenizers:
    """The tokenizer table: what each vocabulary costs in each language."""
    input:
        models=[model_of(name) for name in TOKENIZERS],
        texts=corpora_of(report_texts()),
        parallel=corpora_of(parallel_texts()),
    output:
        tables("tokenizer"),
    log:
        "results/logs/tabulate_tokenizers/tokenizer.log",
    benchmark:
        "results/timings/tabulate_tokenizers/tokenizer.tsv"
    conda:
        "../envs/lingraft.yaml"
    params:
        tokenizers=[f"{name}=results/models/{name}" for name in TOKENIZERS],
        texts=[word for words in report_texts() for word in ["--text", *words]],
        words=[f"{code}={study.registry.languages[code]['words']}" for code, *_ in report_texts()],
        parallel=[word for words in parallel_texts() for word in ["--parallel", *words]],
    message:
        "tabulate tokenizers"
    shell:
        "python -m scripts.tables.tabulate_tokenizers"
        " --tokenizers {params.tokenizers:q}"
        " {params.texts:q}"
        " --words {params.words:q}"
        " {params.parallel:q}"
        " --output-stem results/tables/tokenizer"
        " --log {log:q}"


rule colour_tokens:
    """Twenty sentences, cut into the tokens of each vocabulary."""
    input:
        models=[model_of(name) for name in TOKENIZERS],
        texts=corpora_of(coloured_texts()),
    output:
        "results/tokens.jsonl",
    log:
        "results/logs/colour_tokens/tokens.log",
    benchmark:
        "results/timings/colour_tokens/tokens.tsv"
    conda:
        "../envs/lingraft.yaml"
    params:
        tokenizers=[f"{name}=results/models/{name}" for name in TOKENIZERS],
        texts=[word for words in coloured_texts() for word in ["--text", *words]],
        seed=study.seed,
    message:
        "colour sentences by token"
    shell:
        "python -m scripts.tables.colour_tokens"
        " --tokenizers {params.tokenizers:q}"
        " {params.texts:q}"
        " --seed {params.seed}"
        " --output {output:q}"
        " --log {log:q}"


rule tabulate_reviews:
    """A published review of two systems, and whether its published figures come out."""
    input:
        reviews=lambda wildcards: review_file(wildcards, "reviews"),
        questions=lambda wildcards: review_file(wildcards, "questions"),
        published=lambda wildcards: f"{workflow.basedir}/{review_entry(wildcards)['published']}",
    output:
        expand(
            "results/tables/{{review}}_reviews_{{language}}.{ending}", ending=["md", "csv", "tex"]
        ),
    log:
        "results/logs/tabulate_reviews/{review}_{language}.log",
    benchmark:
        "results/timings/tabulate_reviews/{review}_{language}.tsv"
    wildcard_constraints:
        review=any_of(study.registry.reviews["reviews"]),
        language="[a-z]+",
    conda:
        "../envs/lingraft.yaml"
    params:
        options=review_options,
        resamples=study.resamples,
        stem=lambda wildcards, output: os.path.splitext(output[0])[0],
    message:
        "tabulate the reviews of {wildcards.review} in {wildcards.language}"
    shell:
        "python -m scripts.tables.tabulate_reviews"
        " --reviews {input.reviews:q}"
        " --questions {input.questions:q}"
        " --published {input.published:q}"
        " {params.options:q}"
        " --samples {params.resamples}"
        " --output-stem {params.stem:q}"
        " --log {log:q}"


rule tabulate_judgements:
    """What the study's judge gave a model and the baseline, laid out as published reviews are."""
    input:
        "results/judgements/{model}/{benchmark}.jsonl",
    output:
        expand(
            "results/tables/reviews/{{model}}/{{benchmark}}.{ending}", ending=["md", "csv", "tex"]
        ),
    log:
        "results/logs/tabulate_judgements/{model}/{benchmark}.log",
    benchmark:
        "results/timings/tabulate_judgements/{model}/{benchmark}.tsv"
    conda:
        "../envs/lingraft.yaml"
    params:
        systems=lambda wildcards: [wildcards.model, study.baseline],
        title=lambda wildcards: study.registry.benchmark(wildcards.benchmark).entry["title"],
        resamples=study.resamples,
        stem=lambda wildcards, output: os.path.splitext(output[0])[0],
    message:
        "tabulate the judgements of {wildcards.model} on {wildcards.benchmark}"
    shell:
        "python -m scripts.tables.tabulate_reviews"
        " --judgements {input:q}"
        " --systems {params.systems:q}"
        " --title {params.title:q}"
        " --samples {params.resamples}"
        " --output-stem {params.stem:q}"
        " --log {log:q}"


rule describe_study:
    """Write down the study's settings and the sources of its data."""
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
        settings=lambda wildcards: scientific_settings(),  # it may hold {language}
        sources=source_facts(),
    message:
        "describe the study"
    shell:
        "python -m scripts.report.describe_study"
        " --settings {params.settings:q}"
        " --sources {params.sources:q}"
        " --study {output.study:q}"
        " --list {output.sources:q}"
        " --log {log:q}"


rule write_report:
    """One page that opens offline: tables, curves, translations, sources."""
    input:
        scores="results/tables/main.csv",
        tokenizers="results/tables/tokenizer.csv",
        tokens="results/tokens.jsonl" if TOKENIZERS[1:] else [],
        papers=expand("results/tables/{paper}.csv", paper=PAPERS),
        embedding_init=expand("results/tables/{name}.csv", name=REPORTED_ABLATIONS),
        study="results/study.json",
        sources="results/sources.json",
        models=[model_of(name) for name in TRAINED],
        predictions=expand(
            "results/predictions/{model}/{benchmark}.jsonl",
            model=study.compare,
            benchmark=TRANSLATIONS,
        ),
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
        papers=lambda wildcards, input: flags("--paper-tables", input.papers),
        embedding_init=lambda wildcards, input: flags("--embedding-init", input.embedding_init),
        tokens=lambda wildcards, input: flags("--coloured-tokens", input.tokens and [input.tokens]),
        logs=training_logs(),
        translations=flags(
            "--translations",
            [
                f"{model}=results/predictions/{model}/{benchmark}.jsonl"
                for benchmark in TRANSLATIONS
                for model in study.compare
            ],
        ),
        meta=[f"results/models/{name}.meta.json" for name in ["base", *TRAINED]],
    message:
        "write the report"
    shell:
        "python -m scripts.report.write_report"
        " --title {params.title:q}"
        " --scores-table {input.scores:q}"
        " --tokenizer-table {input.tokenizers:q}"
        " {params.tokens:q}"
        " {params.papers:q}"
        " {params.embedding_init:q}"
        " {params.logs:q}"
        " {params.translations:q}"
        " --settings {input.study:q}"
        " --sources {input.sources:q}"
        " --meta {params.meta:q}"
        " --timings results/timings"
        ' --trace "${{LINGRAFT_TRACE:-}}"'
        " --output {output:q}"
        " --log {log:q}"
