"""What a person must get by hand, because nobody may or can download it for them.

It is looked for under ``$LINGRAFT_MANUAL`` (``manual/`` where that is not set) and then in the
mirror's ``manual/``.
"""

import os
from pathlib import Path

from scripts.common.errors import InputError
from scripts.common.files import atomic_path
from scripts.study.sources import Source


def find_manual(source: Source, home: str) -> Path:
    """Return where the file or folder is; `InputError` says where to get it and where to put it."""
    places = [Path(os.environ.get("LINGRAFT_MANUAL") or "manual")]
    if os.environ.get("LINGRAFT_MIRROR"):
        places.append(Path(os.environ["LINGRAFT_MIRROR"], "manual"))
    for place in places:
        path = place / source.location
        if path.is_dir() if source.is_folder else path.is_file():
            return path
    kind = "folder" if source.is_folder else "file"
    raise InputError(
        f"{source.url}: no such {kind}; get it by hand ({home}) and put it at "
        f"{places[0] / source.location}"
    )


def link_folder(folder: Path, output: Path) -> None:
    """Make `output` a folder of links to the files of `folder`: weights are not copied."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    if not files:
        raise InputError(f"{folder}: an empty folder")
    with atomic_path(output) as partial:
        for file in files:
            place = partial / file.relative_to(folder)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.symlink_to(file.resolve())
