"""What the rules of tokenizer.smk ask of the study: paths and command-line options."""


def text_paths(language):
    """Return the corpora of a language's text alias, each with the column to read."""
    return [text_path(part) for part in study.texts[language]]


def text_path(part):
    """Return `path:column` of one part of a text."""
    dataset = study.registry.dataset(part.dataset)
    if dataset.kind != "parallel":
        return f"results/clean/{part.dataset}.parquet:text"
    side = part.side or dataset.languages[0]
    column = ["source", "target"][dataset.languages.index(side)]
    return f"results/clean/{part.dataset}.parquet:{column}"


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
