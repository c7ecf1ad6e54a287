"""What the rules of tokenizer.smk ask of the study: paths and command-line options."""


def text_paths(language):
    """Return the corpora of a language's text alias, each with the column to read."""
    found = []
    for part in study.texts[language]:
        dataset = study.registry.dataset(part.dataset)
        found += columns_of([dataset], part.side or language, "clean")
    return list(dict.fromkeys(found))


def columns_of(datasets, language, folder):
    """Return `path:column` of every text in a language."""
    found = []
    for dataset in datasets:
        if language in dataset.languages:
            sides = dict(zip(dataset.languages, ["source", "target"]))
            columns = {
                "text": ["text"],
                "parallel": [sides[language]],
                "instruction": ["instruction", "input", "output"],
                "qa": ["context", "question"],
                "choice": ["context", "question"],
                "question": ["question"],
                "rewriting": ["source"],
            }[dataset.kind]
            path = f"results/{folder}/{dataset.name}.parquet"
            found += [f"{path}:{column}" for column in columns]
    return found


def text_files(languages):
    """Return the distinct corpora behind the texts of some languages."""
    paths = [path.rpartition(":")[0] for code in languages for path in text_paths(code)]
    return list(dict.fromkeys(paths))


def extension_options(wildcards):
    """Return what extend_tokenizer needs to know: sizes, scripts and texts, language by language."""
    options = []
    for language, size in study.model(wildcards.model).extend:
        graft = study.registry.languages[language]["graft"]
        options += flags("--language", [f"{language}={size}"])
        options += flags("--graft", [f"{language}={graft}"])
        options += flags("--text", [language, *text_paths(language)])
    return options
