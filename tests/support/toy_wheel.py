"""A wheel of one empty module, and the ways in which a line of a lock may not be its own."""

import zipfile
from pathlib import Path

# What stands behind ``toy==1.0``, and how pip's only error begins.
REFUSED = {
    "a wrong hash": (f" --hash=sha256:{'0' * 64}", "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES"),
    "no hash": ("", "ERROR: Hashes are required in --require-hashes mode"),
}


def make_wheel(folder: Path, name: str) -> Path:
    """Write version 1.0 of a wheel with one module."""
    path, facts = folder / f"{name}-1.0-py3-none-any.whl", f"{name}-1.0.dist-info"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr(f"{name}.py", "")
        wheel.writestr(f"{facts}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        wheel.writestr(
            f"{facts}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{facts}/RECORD", "")
    return path
