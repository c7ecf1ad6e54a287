"""Whether a served model is what it was when it was written, and when its server was started."""

from pathlib import Path

from scripts.common.digests import check_digests
from scripts.common.errors import InputError
from scripts.common.files import read_json
from scripts.common.provenance import fingerprint
from scripts.infer.chat.find import BUILT


def weights_of(folder: Path) -> str:
    """Return what tells a model's weights from others: the fingerprint of its `stage.json`.

    It is empty where a folder, as a person's own, has none.
    """
    path = folder / BUILT
    return fingerprint(read_json(path, "how a model came to be", {})) if path.is_file() else ""


def check_state(folder: Path, weights: str) -> None:
    """Raise `InputError` where a folder is not what it was when a server was started.

    Args:
        folder: of a model.
        weights: as `weights_of` returned them then.
    """
    if not folder.is_dir() or weights_of(folder) != weights:
        raise InputError(
            f"{folder}: gone, or built again, since the server was started; start it again"
        )
    check_digests(folder)
