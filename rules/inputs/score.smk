"""What the rules of score.smk ask of the study: paths and command-line options."""


def is_module(name):
    """Tell whether score_predictions itself computes a metric that the registry says `name` does."""
    return name.endswith("_metrics")


def scored_by(computes):
    """Return a regular expression of the benchmarks that a rule scores, by their metric.

    It looks ahead at the metric: a path of a benchmark with a metric of another task, or of
    another rule, does not match.
    """
    tasks = {}
    for name, metric in study.registry.metrics.items():
        for task, script in metric["tasks"].items():
            if computes(script):
                tasks.setdefault(task, []).append(name)
    ending = "(?=[^/]*[.](?:{metrics})(?:[.]jsonl)?$)(?:{benchmarks})"
    parts = [
        ending.format(metrics=any_of(metrics), benchmarks=benchmarks_of(task))
        for task, metrics in tasks.items()
    ]
    return "|".join(parts) or "(?!)"


def rival(wildcards):
    """Return the model that another is compared with: the baseline, or a variant's origin."""
    return study.model(wildcards.model).origin or study.baseline


def metric_pieces(wildcards):
    """Return the SentencePiece model that a metric counts in, where it has one."""
    model = study.registry.metrics[wildcards.metric].get("sentencepiece")
    return [f"results/raw/{raw_path(model['url'])}"] if model else []


def metric_settings(wildcards):
    """Return what a metric must know beyond the predictions: languages and tokenizers."""
    languages = study.registry.benchmark(wildcards.benchmark).languages
    tokenize = study.registry.languages[languages[-1]]["sacrebleu"]
    options = flags("--source-language", [languages[0]])
    options += flags("--target-language", [languages[-1]])
    options += flags("--tokenize", [tokenize])
    model = study.registry.metrics[wildcards.metric].get("sentencepiece")
    if model:
        options += flags("--sentencepiece", metric_pieces(wildcards))
        options += flags("--pieces", [model["name"]])
    return options


def checkpoint_files(wildcards):
    """Return the raw files of the checkpoint that a neural metric scores with."""
    files = study.registry.metrics[wildcards.metric]["checkpoint"]["files"].values()
    return [f"results/raw/{raw_path(file['url'])}" for file in files]


def checkpoint_options(wildcards):
    """Return what a neural metric needs to know of its checkpoint."""
    facts = study.registry.metrics[wildcards.metric]["checkpoint"]
    options = flags("--checkpoint", [facts["name"]])
    for name, path in zip(facts["files"], checkpoint_files(wildcards)):
        options += flags("--file", [f"{name}={path}"])
    return [*options, *flags("--layer", [facts.get("layer")])]
