"""What the rules of tokenizer.smk ask: the texts, models and options of an extended vocabulary."""

from scripts.common.errors import InputError
from scripts.plan.options import flags
from scripts.plan.paths import raw_file
from scripts.plan.texts import (
    alias_columns,
    alias_files,
    files_of,
    part_columns,
    text_columns,
    training_datasets,
)
from scripts.study.base_model import split_base
from scripts.study.extension import ENGLISH
from scripts.study.study import Study


def extension_texts(study: Study, model: str) -> list[str]:
    """Return the corpora that new pieces are learned from, or counted in to prune them."""
    found = study.model(model)
    learned = [code for code, value in found.extend if found.prune or not value.model]
    more = files_of([*reference_columns(study, model), *used_columns(study, model)])
    return list(dict.fromkeys([*alias_files(study, learned), *more]))


def reference_columns(study: Study, model: str) -> list[str]:
    """Return the English text that an extension's policies are about, once each."""
    return part_columns(study, study.model(model).reference, ENGLISH)


def piece_models(study: Study, model: str) -> list[str]:
    """Return the ready models that new pieces are taken from."""
    return [raw_file(value.model) for _, value in study.model(model).extend if value.model]


def used_columns(study: Study, model: str) -> list[str]:
    """Return all text of the study, none where an extension drops no token of its parent's."""
    found = study.model(model)
    if not (found.shrink or found.replace):
        return []
    datasets, languages = training_datasets(study), dict.fromkeys([ENGLISH, *study.texts])
    return [
        column for language in languages for column in text_columns(datasets, language, "clean")
    ]


def extension_options(study: Study, model: str) -> list[str]:
    """Return what extend_tokenizer needs to know: sizes, scripts and texts of each language."""
    found = study.model(model)
    options = flags("--prune", [found.prune or None])
    options += flags("--reference", reference_columns(study, model))
    options += flags("--shrink", [found.shrink]) + flags("--replace", [found.replace])
    options += flags("--used", used_columns(study, model))
    for language, extension in found.extend:
        graft = study.registry.languages[language].get("graft")
        options += flags("--language", [f"{language}={extension.pieces or 'all'}"])
        options += flags("--graft", [f"{language}={graft}"] if graft else [])
        if extension.model:
            options += flags("--model", [f"{language}={raw_file(extension.model)}"])
        if found.prune or not extension.model:
            options += flags("--text", [language, *alias_columns(study, language)])
        if extension.policy != "script":
            options += flags("--policy", [f"{language}={extension.policy}"])
        if extension.coverage:
            options += flags("--coverage", [f"{language}={extension.coverage}"])
    return options


def check_extensions(study: Study) -> None:
    """Raise `InputError` where the tokenizer of the base's folder cannot be extended as asked."""
    if not study.extensions or isinstance(study.base, str):
        return
    # Imported where a base is a folder: a plan must cost no more than reading small files.
    from scripts.tokenizer.tokenizer_kind import read_bpe, writes_bytes

    form, folder = split_base(study.base["from"])
    if form != "hf" or not (folder / "tokenizer.json").is_file():
        return
    try:
        spec = read_bpe(folder)
    except InputError as error:
        raise InputError(f"{study.file}: models.{study.extensions[0]}.extend: {error}") from None
    if not writes_bytes(spec):
        return
    for name in study.extensions:
        for language, extension in study.model(name).extend:
            for key in ("model", "coverage"):
                if getattr(extension, key):
                    raise InputError(
                        f"{study.file}: models.{name}.extend.{language}.{key}: is for "
                        f"SentencePiece; {folder} has byte-level BPE, learned from text; leave it "
                        "out"
                    )


def auxiliary_files(study: Study, model: str) -> list[str]:
    """Return the auxiliary vectors that new rows are initialised by, where the method is FOCUS."""
    focus = study.model(model).embeddings == "focus"
    return [f"results/auxiliary/{model}.safetensors"] if focus else []


def auxiliary_texts(study: Study) -> list[str]:
    """Return the corpora that auxiliary vectors are trained on: all of the study's text."""
    return alias_files(study, study.texts)


def auxiliary_options(study: Study) -> list[str]:
    """Return what train_auxiliary needs to know: every language's text, and the seed."""
    options = flags("--seed", [study.seed])
    for language in study.texts:
        options += flags("--text", [language, *alias_columns(study, language)])
    return options


def embedding_options(study: Study, model: str) -> list[str]:
    """Return what extend_model needs to know of the way in which new rows are initialised."""
    method = study.model(model).embeddings
    options = flags("--embeddings", [method])
    options += flags("--auxiliary", auxiliary_files(study, model))
    return options + flags("--seed", [study.seed] if method == "mean_noise" else [])
