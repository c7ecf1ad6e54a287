"""Finding a model by its name in the study, or by its folder, and the format it is asked in."""

from dataclasses import dataclass
from pathlib import Path

from scripts.common.errors import InputError, nearest
from scripts.common.files import read_json
from scripts.study.chat_file import ChatFile, read_chat_file
from scripts.study.prompts import CHAT_FORMAT, PromptFormat, get_format

RESULTS = Path("results")
BUILT = "stage.json"  # written last: a folder without it is not finished


@dataclass(frozen=True)
class Found:
    """A model's folder; its format and that one's name; the number type; what `check_base` wrote.

    `name` is the model's, `format` a name of prompts/formats.yaml, ``chat``, or ``own``.
    """

    name: str
    folder: Path
    format: str
    form: PromptFormat
    dtype: str
    checks: Path


def built_models(results: Path = RESULTS) -> list[str]:
    """Return the models that are built, in the study's order where that is known."""
    found = {path.parent.name for path in results.glob(f"models/*/{BUILT}")}
    study = read_chat_file(results / "chat.json")
    known = [name for name in (study.models if study else ()) if name in found]
    return [*known, *sorted(found - {*known})]


def find_model(
    name: str | None, format: str | None = None, dtype: str | None = None, results: Path = RESULTS
) -> Found:
    """Return a model.

    Args:
        name: of a built model of the study, or a folder; None: the study's main model.
        format: in which it is asked; None: the study's, or else what it was trained in, or its
            tokenizer's own.
        dtype: its number type; None: the study's.
        results: of the study.

    Raises:
        InputError: if it is not there, or nothing tells its format.
    """
    folder = find_folder(name, results)
    # A folder is maybe another study's.
    beside = folder.resolve().parent.parent
    study = read_chat_file(beside / "chat.json")
    format = format or name_format(folder, study)
    return Found(
        name=folder.resolve().name,
        folder=folder,
        format="own" if format.startswith("{") else format,
        form=get_format(format, folder),
        dtype=dtype or (study.dtype if study else "auto"),
        checks=beside / "checks/base.json",
    )


def find_folder(name: str | None, results: Path) -> Path:
    """Return a model's folder, by its name or as it is given."""
    if name is None:
        study = read_chat_file(results / "chat.json")
        if study is None:
            raise InputError(f"{results}/chat.json: found none; run the study, or name a --model")
        name = study.main
    folder = results / "models" / name
    if (folder / BUILT).is_file():
        return folder
    if Path(name).is_dir():
        return Path(name)
    built = built_models(results)
    if not built:
        raise InputError(f"{results}/models: no model is built; run `make` first")
    raise InputError(f"{folder}: no such model is built{nearest(name, built)}")


def name_format(folder: Path, study: ChatFile | None) -> str:
    """Return the format of a model: the study's, what it was trained in, or its tokenizer's own."""
    name = folder.resolve().name
    if study and name in study.models:
        return study.models[name]
    path = folder / BUILT
    stage = read_json(path, "how a model came to be", {}) if path.is_file() else {}
    trained = stage.get("data", {}).get("format")
    return str(trained) if trained else CHAT_FORMAT
