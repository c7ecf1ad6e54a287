"""Large files that environments have in common, kept once: torch is most of each of them.

pip replaces a file and never writes into it, so that no environment changes another's.
"""

import filecmp
import os
from collections.abc import Iterable
from pathlib import Path

LARGE = 2**20  # bytes; smaller files take more time than space


def share_files(folder: Path, others: Iterable[Path]) -> int:
    """Replace large files of an environment by hard links to equal ones of others.

    Args:
        folder: the environment.
        others: environments that have the same files at the same paths, or others.

    Returns:
        The bytes saved: 0 where the others are on another file system.
    """
    saved, others = 0, list(others)
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or not path.is_file() or path.stat().st_size < LARGE:
            continue
        twins = (other / path.relative_to(folder) for other in others)
        if any(share(path, twin) for twin in twins):
            saved += path.stat().st_size
    return saved


def share(path: Path, twin: Path) -> bool:
    """Make a file a hard link to its twin, and tell so; not where they differ or it cannot be."""
    linked = path.with_name(f"{path.name}.link")
    try:
        if path.stat().st_size != twin.stat().st_size:
            return False
        if not filecmp.cmp(path, twin, shallow=False):
            return False
        os.link(twin, linked)
        linked.replace(path)
    except OSError:  # no such twin, another file system, or one without links
        linked.unlink(missing_ok=True)
        return False
    return True
