"""How many pieces an extension adds, before anything is extended: for plans of memory."""

from functools import cache
from pathlib import Path

from scripts.common.errors import InputError
from scripts.study.extension import Extension
from scripts.study.sources import parse_source
from scripts.study.study import Study


def most_pieces(extension: Extension) -> int | None:
    """Return how many pieces an extension adds at most; None where a file decides, not here yet.

    Of a ready model all pieces are counted; those that the base has, or the policy forbids, will
    be fewer.
    """
    if extension.pieces:
        return extension.pieces
    path = find_model(extension.model) if extension.model else None
    return None if path is None else count_pieces(path)


def find_model(url: str) -> Path | None:
    """Return where a ready model is, downloaded or not, or None."""
    # Imported where a study has such a model: a plan must cost no more than reading small files.
    from scripts.data.download import local_copy

    source = parse_source(url)
    raw = Path("results/raw", source.raw)
    try:
        return raw if raw.is_file() else local_copy(source, "")
    except InputError:
        return None


@cache
def count_pieces(path: Path) -> int | None:
    """Return a SentencePiece model's number of pieces for text, None of a file that is none."""
    from scripts.tokenizer.piece_model import list_pieces, read_model

    try:
        return len(list_pieces(read_model(path)))
    except InputError:
        return None


def uncounted(study: Study) -> list[str]:
    """Return `models.<name>.extend.<language>` of trained models whose file is not here yet."""
    names = {model.name for stage in study.stages for model in study.lineage(stage)}
    return [
        f"models.{name}.extend.{language}"
        for name in study.models
        if name in names and study.origin(name) == name
        for language, extension in study.models[name].extend
        if most_pieces(extension) is None
    ]
