"""What entries of the registry look like once they fit their schemas (schemas/*.schema.yaml)."""

from typing import Any, NotRequired, TypedDict


class SourceEntry(TypedDict):
    """A published file of a data set; `sha256` is one for all languages, one each, or None."""

    url: str
    sha256: str | dict[str, str] | None
    mirrors: NotRequired[list[str]]
    languages: NotRequired[list[str]]
    home: NotRequired[str]
    licence: NotRequired[str]


class DatasetEntry(TypedDict):
    """A data set in all of its languages, each with the locale that its files are named by."""

    title: str
    kind: str
    loader: str
    languages: dict[str, str]
    sources: list[SourceEntry]
    options: NotRequired[dict[str, Any]]
    on_bad_record: NotRequired[str]
    licence: str
    home: str


class BenchmarkEntry(TypedDict):
    """A benchmark in all of its languages; `dataset` has `*` for those it does not name."""

    title: str
    task: str
    dataset: dict[str, str]
    metrics: list[str]
    max_new_tokens: NotRequired[int]
    list_choices: NotRequired[bool]
    fill_gap: NotRequired[bool]
    instruction: NotRequired[str | dict[str, str]]
    longest: NotRequired[int]
    answer: NotRequired[dict[str, Any]]
    exemplars: NotRequired[str]


class LanguageEntry(TypedDict):
    """A language: its name in English and in itself, its script, and how BLEU cuts its texts.

    `letters` and `graft` are character classes: of its letters, and of new vocabulary pieces.
    """

    name: str
    own: str
    script: str
    letters: str
    graft: NotRequired[str]
    sacrebleu: str
    package: NotRequired[dict[str, str]]
    words: str


class ModelEntry(TypedDict):
    """A published model; `shape` is what its memory is computed from."""

    title: str
    url: str
    sha256: str | None
    mirrors: NotRequired[list[str]]
    form: NotRequired[str]
    tokenizer: NotRequired[str]
    format: str
    shape: NotRequired[dict[str, Any]]
    licence: str
    home: str


class RecipeEntry(TypedDict):
    """A paper's recipe: `values` are the keys of `scripts.study.recipe.Recipe`."""

    title: str
    source: str
    values: dict[str, Any]


class WordingsEntry(TypedDict):
    """A set of wordings: `files` (url, sha256) by what each holds."""

    title: str
    form: str
    files: dict[str, dict[str, Any]]
    drawn: NotRequired[bool]
    names: NotRequired[dict[str, str]]
    licence: str
    home: str
