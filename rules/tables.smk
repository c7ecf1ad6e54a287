"""Tables: what a paper prints.

In: scores, comparisons, tokenizers, judgements, ratings, published reviews and numbers. Out:
results/tables/<table>.{md,csv,tex} and results/tokens.jsonl.
"""

COLUMNS = plan.tables.columns(study)
PAPERS = plan.tables.paper_tables(study)
TEXTS = plan.texts.measured_texts(study)
PARALLEL = plan.texts.parallel_texts(study)
COLOURED = plan.texts.coloured_texts(study)


rule tabulate_scores:
    """Write the main table: models × benchmarks, with intervals and significance.

    In: scores of {params.models}, of each with all of its seeds, and comparisons with
    {params.baseline}. Out: one table, three forms.
    """
    input:
        scores=plan.paths.score_files(study.scored, COLUMNS),
        comparisons=plan.paths.comparison_files(plan.tables.rivals(study)),
    output:
        plan.paths.table_files("main"),
    log:
        "results/logs/tabulate_scores/main.log",
    benchmark:
        "results/timings/tabulate_scores/main.tsv"
    conda:
        "../envs/lingraft.yaml"
    params:
        models=list(study.compare),
        comparisons=lambda wildcards, input: plan.options.flags("--comparisons", input.comparisons),
        baseline=study.baseline,
        columns=COLUMNS,
        seeds=plan.tables.seed_options(study, study.compare),
    message:
        "tabulate scores"
    shell:
        "python -m scripts.tables.tabulate_scores"
        " --scores {input.scores:q}"
        " {params.comparisons:q}"
        " --baseline {params.baseline:q}"
        " --models {params.models:q}"
        " --columns {params.columns:q}"
        " {params.seeds:q}"
        " --output-stem results/tables/main"
        " --log {log:q}"


rule tabulate_published:
    """Write a paper's table in the paper's layout, ours beside the published numbers.

    In: scores and comparisons of the models that are {params.systems}, the layout of {params.table}
    and its published numbers. Out: one table, three forms.
    """
    input:
        scores=lambda wildcards: plan.tables.paper_scores(study, PAPERS[wildcards.paper]),
        comparisons=lambda wildcards: plan.tables.paper_comparisons(study, PAPERS[wildcards.paper]),
        layout=f"{ROOT}/published/tables.yaml",
        published=lambda wildcards: PAPERS[wildcards.paper].published,
    output:
        plan.paths.table_files("{paper}"),
    log:
        "results/logs/tabulate_published/{paper}.log",
    benchmark:
        "results/timings/tabulate_published/{paper}.tsv"
    wildcard_constraints:
        paper=plan.patterns.any_of(PAPERS),
    conda:
        "../envs/lingraft.yaml"
    params:
        table=lambda wildcards: PAPERS[wildcards.paper].id,
        systems=lambda wildcards: plan.tables.paper_systems(study, PAPERS[wildcards.paper]),
        models=list(study.models),
        columns=COLUMNS,
        scores=lambda wildcards, input: plan.options.flags("--scores", input.scores),
        comparisons=lambda wildcards, input: plan.options.flags("--comparisons", input.comparisons),
        seeds=lambda wildcards: plan.tables.paper_seeds(study, PAPERS[wildcards.paper]),
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
        " {params.seeds:q}"
        " --published {input.published:q}"
        " --output-stem results/tables/{wildcards.paper}"
        " --log {log:q}"


rule tabulate_embedding_init:
    """Write the ablation of how new rows are initialised, before and after a stage.

    In: bits per byte of every method's models, {params.options}. Out: one table, three forms.
    """
    input:
        scores=lambda wildcards: plan.tables.embedding_init_scores(study),
        comparisons=lambda wildcards: plan.tables.embedding_init_comparisons(study),
    output:
        plan.paths.table_files("{ablation}"),
    log:
        "results/logs/tabulate_embedding_init/{ablation}.log",
    benchmark:
        "results/timings/tabulate_embedding_init/{ablation}.tsv"
    wildcard_constraints:
        ablation=plan.patterns.any_of(plan.tables.ablation_tables(study)),
    conda:
        "../envs/lingraft.yaml"
    params:
        options=lambda wildcards: plan.tables.embedding_init_options(study),
    message:
        "tabulate how new rows are initialised"
    shell:
        "python -m scripts.tables.tabulate_embedding_init"
        " {params.options:q}"
        " --scores {input.scores:q}"
        " --comparisons {input.comparisons:q}"
        " --output-stem results/tables/{wildcards.ablation}"
        " --log {log:q}"


rule tabulate_tokenizers:
    """Write the tokenizer table: what each vocabulary costs in each language.

    In: {params.tokenizers} and text of each language. Out: one table, three forms.
    """
    input:
        models=[plan.paths.stage_file(name) for name in plan.tables.shown_tokenizers(study)],
        texts=plan.texts.files_of_rows(TEXTS),
        parallel=plan.texts.files_of_rows(PARALLEL),
    output:
        plan.paths.table_files("tokenizer"),
    log:
        "results/logs/tabulate_tokenizers/tokenizer.log",
    benchmark:
        "results/timings/tabulate_tokenizers/tokenizer.tsv"
    conda:
        "../envs/lingraft.yaml"
    params:
        tokenizers=plan.tables.tokenizer_folders(study),
        texts=plan.options.repeated("--text", TEXTS),
        words=plan.tables.word_rules(study, TEXTS),
        parallel=plan.options.repeated("--parallel", PARALLEL),
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
    """Split twenty sentences into the tokens of each vocabulary, for the report.

    In: {params.tokenizers} and held-out text, sampled by the seed {params.seed}. Out: JSON lines.
    """
    input:
        models=[plan.paths.stage_file(name) for name in plan.tables.shown_tokenizers(study)],
        texts=plan.texts.files_of_rows(COLOURED),
    output:
        "results/tokens.jsonl",
    log:
        "results/logs/colour_tokens/tokens.log",
    benchmark:
        "results/timings/colour_tokens/tokens.tsv"
    conda:
        "../envs/lingraft.yaml"
    params:
        tokenizers=plan.tables.tokenizer_folders(study),
        texts=plan.options.repeated("--text", COLOURED),
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
    """Write a published review of two systems, and whether its figures come out again.

    In: the reviews {review} in {language}, their questions, and the published figures. Out: one
    table, three forms.
    """
    input:
        reviews=lambda wildcards: plan.tables.review_file(
            study, wildcards.review, wildcards.language, "reviews"
        ),
        questions=lambda wildcards: plan.tables.review_file(
            study, wildcards.review, wildcards.language, "questions"
        ),
        published=lambda wildcards: plan.tables.review_figures(study, wildcards.review),
    output:
        plan.paths.table_files("{review}_reviews_{language}"),
    log:
        "results/logs/tabulate_reviews/{review}_{language}.log",
    benchmark:
        "results/timings/tabulate_reviews/{review}_{language}.tsv"
    wildcard_constraints:
        review=plan.patterns.any_of(study.registry.reviews["reviews"]),
        language="[a-z]+",
    conda:
        "../envs/lingraft.yaml"
    params:
        options=lambda wildcards: plan.tables.review_options(
            study, wildcards.review, wildcards.language
        ),
        resamples=study.score.resamples,
        stem=lambda wildcards, output: output[0].removesuffix(".md"),
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
    """Write the judgements of a model and the baseline as published reviews are laid out.

    In: the judgements of {model} on {benchmark}. Out: one table, three forms.
    """
    input:
        "results/judgements/{model}/{benchmark}.jsonl",
    output:
        plan.paths.table_files("reviews/{model}/{benchmark}"),
    log:
        "results/logs/tabulate_judgements/{model}/{benchmark}.log",
    benchmark:
        "results/timings/tabulate_judgements/{model}/{benchmark}.tsv"
    conda:
        "../envs/lingraft.yaml"
    params:
        systems=lambda wildcards: [wildcards.model, study.baseline],
        title=lambda wildcards: study.registry.benchmark(wildcards.benchmark).entry["title"],
        resamples=study.score.resamples,
        stem=lambda wildcards, output: output[0].removesuffix(".md"),
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


rule tabulate_published_answers:
    """Write the judgements of two systems' published answers as published reviews are laid out.

    In: the judgements of {review}. Out: one table, three forms.
    """
    input:
        "results/judgements/{review}.jsonl",
    output:
        plan.paths.table_files("judged/{review}"),
    log:
        "results/logs/tabulate_published_answers/{review}.log",
    benchmark:
        "results/timings/tabulate_published_answers/{review}.tsv"
    wildcard_constraints:
        review=plan.patterns.answered_reviews(study),
    conda:
        "../envs/lingraft.yaml"
    params:
        found=lambda wildcards: plan.judge.published_answers(study, wildcards.review),
        resamples=study.score.resamples,
        stem=lambda wildcards, output: output[0].removesuffix(".md"),
    message:
        "tabulate the judgements of {wildcards.review}"
    shell:
        "python -m scripts.tables.tabulate_reviews"
        " --judgements {input:q}"
        " --systems {params.found[systems]:q}"
        " --title {params.found[title]:q}"
        " --samples {params.resamples}"
        " --output-stem {params.stem:q}"
        " --log {log:q}"


rule tabulate_rankings:
    """Rank the models of the main table by the judge's comparisons with the baseline.

    In: the judgements of {params.models} on {benchmark}. Out: one table, three forms: strengths by
    Bradley and Terry's model, with intervals.
    """
    input:
        plan.judge.ranked_judgements(study),
    output:
        plan.paths.table_files("rankings/{benchmark}"),
    log:
        "results/logs/tabulate_rankings/{benchmark}.log",
    benchmark:
        "results/timings/tabulate_rankings/{benchmark}.tsv"
    wildcard_constraints:
        benchmark=plan.patterns.judged_benchmarks(study),
    conda:
        "../envs/lingraft.yaml"
    params:
        first=study.baseline,
        models=plan.tables.rivals(study),
        title=lambda wildcards: study.registry.benchmark(wildcards.benchmark).entry["title"],
        resamples=study.score.resamples,
        stem=lambda wildcards, output: output[0].removesuffix(".md"),
    message:
        "rank all models on {wildcards.benchmark}"
    shell:
        "python -m scripts.tables.tabulate_rankings"
        " --judgements {input:q}"
        " --first {params.first:q}"
        " --title {params.title:q}"
        " --samples {params.resamples}"
        " --output-stem {params.stem:q}"
        " --log {log:q}"


rule tabulate_preferences:
    """Write what people said of the models' answers on the page that `make page` serves.

    In: their ratings. Out: one table, three forms: of each pair of models how often which was
    preferred, of each model its thumbs, with intervals.
    """
    input:
        RATINGS_FILE,
    output:
        plan.paths.table_files("preferences"),
    log:
        "results/logs/tabulate_preferences/preferences.log",
    benchmark:
        "results/timings/tabulate_preferences/preferences.tsv"
    conda:
        "../envs/lingraft.yaml"
    params:
        models=list(study.models),
        resamples=study.score.resamples,
    message:
        "tabulate what people preferred"
    shell:
        "python -m scripts.tables.tabulate_preferences"
        " --ratings {input:q}"
        " --models {params.models:q}"
        " --samples {params.resamples}"
        " --output-stem results/tables/preferences"
        " --log {log:q}"
