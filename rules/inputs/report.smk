"""What the rules of report.smk ask of the study: paths and command-line options."""

COLUMNS = [
    f"{benchmark.name}.{metric}"
    for benchmark in study.benchmarks
    for metric in study.metrics[benchmark.name]
]
# The papers' tables, by the stem of their files.
PAPERS = {table.name: table for key, table in load_tables().items() if key in study.tables}
# The ablation's table, where the study has one, and whether the report shows it.
ABLATIONS = ["embedding_init"] if study.embedding_init else []
REPORTED_ABLATIONS = ABLATIONS if study.embedding_init and study.embedding_init.report else []
TRANSLATIONS = [
    benchmark.name for benchmark in study.benchmarks if benchmark.task == "translation"
][:1]
TOKENIZERS = ["base", *study.shown(study.extensions)]
TRAINED = study.shown(study.stages)


def paper_columns(table):
    """Return the (model, <benchmark>.<metric>) pairs that a paper's table shows."""
    return needed_scores(find_places(table, study.tables[table.id], COLUMNS, study.models))


def paper_scores(wildcards):
    """Return the score files that a paper's table shows."""
    return [f"results/{model}/{column}" for model, column in paper_columns(PAPERS[wildcards.paper])]


def paper_comparisons(wildcards):
    """Return the comparisons with the baseline that a paper's table shows."""
    return [
        f"results/comparisons/{model}/{column}.json"
        for model, column in paper_columns(PAPERS[wildcards.paper])
        if model != study.baseline
    ]


def embedding_init_scores(wildcards):
    """Return the ablation's score files, text by text: the parent's, then each method's two."""
    ablation = study.embedding_init
    models = [ablation.parent, *(model for pair in ablation.pairs.values() for model in pair)]
    return [f"results/{model}/{text}.bpb" for text in ablation.benchmarks for model in models]


def embedding_init_comparisons(wildcards):
    """Return the comparisons of each variant with what it varies."""
    return [
        f"results/comparisons/{model}/{text}.bpb.json"
        for pair in study.embedding_init.pairs.values()
        for model in pair
        for text in study.embedding_init.benchmarks
        if study.model(model).origin
    ]


def embedding_init_options(wildcards):
    """Return what tabulate_embedding_init needs to know: which model is which method's."""
    ablation = study.embedding_init
    pairs = [f"{method}={','.join(pair)}" for method, pair in ablation.pairs.items()]
    options = [*flags("--parent", [ablation.parent]), *flags("--methods", pairs)]
    return [
        *options,
        *flags("--baseline", [ablation.baseline]),
        *flags("--after", [ablation.after]),
    ]


def report_texts():
    """Return [language, path:column, …] for every language: what fertility is measured on.

    English is measured on all English text of the study, since none of it may change; another
    language on what is held out, or, where nothing is, on the text its pieces are learned from.
    """
    rows = []
    for language in ["en", *(code for code in study.texts if code != "en")]:
        paths = columns_of(held_out_datasets(), language, "corpora")
        if language == "en" or not paths:
            paths += columns_of(training_datasets(), language, "clean")
        rows.append([language, *dict.fromkeys(paths)])
    return [row for row in rows if len(row) > 1]


def held_out_datasets():
    """Return the data sets of the study's benchmarks, each once whatever the direction."""
    datasets = [benchmark.dataset for benchmark in study.benchmarks]
    return list({id(dataset.entry): dataset for dataset in datasets}.values())


def training_datasets():
    """Return the data sets of all stages shown, and of the texts pieces are learned from."""
    parts = [part for name in TRAINED for part in study.model(name).parts]
    parts += [part for text in study.texts.values() for part in text]
    return [study.registry.dataset(name) for name in dict.fromkeys(part.dataset for part in parts)]


def parallel_texts():
    """Return [language, benchmark, its side, the English side] for all languages that have one."""
    rows = []
    for language, *_ in report_texts():
        found = parallel_benchmark(language)
        if found:
            sides = [columns_of([found.dataset], code, "corpora")[0] for code in (language, "en")]
            rows.append([language, found.name, *sides])
    return rows


def parallel_benchmark(language):
    """Return a translation benchmark of a language and English, Flores first; None without one.

    English is measured on what the first other language is.
    """
    if language == "en":
        others = filter(
            None, map(parallel_benchmark, (code for code in study.texts if code != "en"))
        )
        return next(others, None)
    found = [
        benchmark
        for benchmark in study.benchmarks
        if benchmark.task == "translation" and set(benchmark.languages) == {"en", language}
    ]
    return min(found, key=lambda benchmark: not benchmark.name.startswith("flores"), default=None)


def coloured_texts():
    """Return [language, path:column, …] of English and each grafted language: held-out text.

    Parallel sentences where there are any, and what is in the report's table where nothing is held
    out.
    """
    grafted = {code for name in TOKENIZERS[1:] for code, _ in study.model(name).extend}
    parallel = {language: [side] for language, _, side, _ in parallel_texts()}
    return [
        [
            language,
            *(
                parallel.get(language)
                or columns_of(held_out_datasets(), language, "corpora")
                or paths
            ),
        ]
        for language, *paths in report_texts()
        if language in {"en", *grafted}
    ]


def corpora_of(rows):
    """Return the corpora behind rows of path:column."""
    paths = [word.rpartition(":")[0] for row in rows for word in row if ":" in word]
    return list(dict.fromkeys(paths))


def training_logs():
    """Return the logs that lie in every trained model's folder, where there are any."""
    found = []
    for option, log in [
        ("--training-log", "train_log"),
        ("--speed-log", "speed_log"),
        ("--held-out-log", "held_out_log"),
    ]:
        found += flags(option, [f"{name}=results/models/{name}/{log}.jsonl" for name in TRAINED])
    return found


def review_entry(wildcards):
    """Return the registry's entry of a published review."""
    return study.registry.reviews["reviews"][wildcards.review]


def review_file(wildcards, name):
    """Return a raw file of a published review: its reviews or its questions."""
    files = review_entry(wildcards)["languages"][wildcards.language]
    return f"results/raw/{raw_path(files[name]['url'])}"


def review_options(wildcards):
    """Return what tabulate_reviews needs to know of a published review."""
    entry = review_entry(wildcards)
    table = entry["languages"][wildcards.language]["table"]
    options = [*flags("--systems", entry["systems"]), *flags("--published-table", [table])]
    return [*options, *flags("--title", [f"{entry['title']}, {wildcards.language}"])]


def review_tables():
    """Return the stems of the study's review tables: its judge's, and what was published beside."""
    found = []
    for benchmark in study.benchmarks:
        if set(study.metrics[benchmark.name]) & {"judge", "judge_paper"}:
            models = [name for name in study.compare if name != study.baseline]
            found += [f"reviews/{model}/{benchmark.name}" for model in models]
        for name, entry in study.registry.reviews["reviews"].items():
            for language in entry["languages"]:
                if benchmark.name == f"{entry['benchmark']}_{language}":
                    found.append(f"{name}_reviews_{language}")
    return found


def scientific_settings():
    """Return the study as JSON, without what changes no number."""
    kept = {key: value for key, value in study.settings.items() if key != "run"}
    return json.dumps(kept, ensure_ascii=False)


def source_facts():
    """Return where every file of the study comes from, as JSON for the report."""
    datasets = [*training_datasets(), *(benchmark.dataset for benchmark in study.benchmarks)]
    facts = {}
    for dataset in datasets:
        for code in dataset.languages:
            for place, source in places(dataset.entry, code):
                entry, digest = dataset.entry | source, digest_of(source, code)
                facts[place.url, dataset.name] = describe_source(
                    dataset.name, entry, place.url, digest
                )
    if isinstance(study.base, str):
        entry = study.registry.models[study.base]
        facts["base"] = describe_source("base", entry, entry["url"], entry["sha256"])
    return json.dumps(list(facts.values()), ensure_ascii=False)


def describe_source(name, entry, url, digest):
    """Return one line of the report's table of sources."""
    fields = {key: entry[key] for key in ("title", "licence", "home")}
    return {"dataset": name, "url": url, "sha256": digest, **fields}
