"""Results of which nobody knows any more with which settings they were made.

Snakemake keeps the parameters of each job in ``.snakemake``. Where that was deleted, or results
were copied without it, it compares nothing: a study that was changed since would be up to date,
with the numbers of the old one.
"""

import json
import re
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from pathlib import Path

from scripts.common.errors import InputError
from scripts.common.files import read_json
from scripts.study.study import Study

DESCRIBED = "results/study.json"  # the study as it was, of the rule describe_study
KEPT = Path(".snakemake")
DATABASE = "metadata.db"  # with --persistence-backend db
FORCED = re.compile(r"--forceall|-[A-Za-z]*F[A-Za-z]*")


def check_settings(study: Study, command: Sequence[str]) -> None:
    """Raise `InputError` where a study was changed since, and ``.snakemake`` does not know how.

    Args:
        command: Snakemake's options, of which ``--forceall`` makes everything again.
    """
    described = Path(DESCRIBED)
    if not described.is_file() or is_known(DESCRIBED) or any(map(FORCED.fullmatch, command)):
        return
    if read_json(described, "a study; delete it and run again") != json.loads(study.written):
        raise InputError(
            f"{study.file}: changed since results/ was made, and .snakemake, which knew with which "
            f"settings, is gone; undo the change (see {DESCRIBED}), or make all again: "
            "delete results/, or `snakemake all --forceall`"
        )


def is_known(path: str) -> bool:
    """Tell whether Snakemake keeps the settings with which a file was made."""
    name = urlsafe_b64encode(path.encode()).decode()
    return (KEPT / "metadata" / name).exists() or (KEPT / DATABASE).exists()
