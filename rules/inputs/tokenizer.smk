"""What the rules of tokenizer.smk ask of the study: paths and command-line options."""


def tokenizer_of(name):
    """Return the tokenizer of an extended model; a variant has its origin's."""
    return f"results/tokenizers/{study.origin(name)}/tokenizer.json"


def vocabulary_of(name):
    """Return the file of a model's vocabulary: the last extension's tokenizer, or the base itself.

    Training changes no vocabulary, so that what only tokenizes need not wait for it, and is done
    again for another vocabulary only.
    """
    extended = [model.name for model in study.lineage(name) if model.extend]
    return tokenizer_of(extended[-1]) if extended else model_of(BASE)


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


def extension_texts(wildcards):
    """Return the corpora that new pieces are learned from, or counted in to prune them."""
    model = study.model(wildcards.model)
    return text_files([code for code, value in model.extend if model.prune or not value.model])


def piece_models(wildcards):
    """Return the ready models that new pieces are taken from."""
    extend = study.model(wildcards.model).extend
    return [f"results/raw/{raw_path(value.model)}" for _, value in extend if value.model]


def extension_options(wildcards):
    """Return what extend_tokenizer needs to know: sizes, scripts and texts, language by language."""
    model = study.model(wildcards.model)
    options = flags("--prune", [model.prune] if model.prune else [])
    for language, extension in model.extend:
        graft = study.registry.languages[language].get("graft")
        options += flags("--language", [f"{language}={extension.pieces or 'all'}"])
        options += flags("--graft", [f"{language}={graft}"] if graft else [])
        if extension.model:
            options += flags("--model", [f"{language}=results/raw/{raw_path(extension.model)}"])
        if model.prune or not extension.model:
            options += flags("--text", [language, *text_paths(language)])
        if extension.policy != "script":
            options += flags("--policy", [f"{language}={extension.policy}"])
        if extension.coverage:
            options += flags("--coverage", [f"{language}={extension.coverage}"])
    return options


def auxiliary_vectors(wildcards):
    """Return the auxiliary vectors that new rows start by, where the method is FOCUS."""
    focus = study.model(wildcards.model).embeddings == "focus"
    return [f"results/auxiliary/{wildcards.model}.safetensors"] if focus else []


def auxiliary_options(wildcards):
    """Return what train_auxiliary needs to know: every language's text, and the seed."""
    options = flags("--seed", [study.seed])
    for language in study.texts:
        options += flags("--text", [language, *text_paths(language)])
    return options


def embedding_options(wildcards):
    """Return what extend_model needs to know of the way in which new rows start."""
    method = study.model(wildcards.model).embeddings
    options = flags("--embeddings", [method])
    options += flags("--auxiliary", auxiliary_vectors(wildcards))
    return options + flags("--seed", [study.seed] if method == "mean_noise" else [])
