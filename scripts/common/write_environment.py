"""Write ``envs/lingraft.yaml``, the conda form of ``requirements.txt``; `make lock` calls it.

Snakemake copies an environment file before it builds the environment, so the file cannot point to
the lock beside it and carries the lock's lines instead.
"""

from scripts.common.files import ROOT, write_text

HEAD = """\
# The one environment of all rules so far, for `snakemake all --sdm conda`. Written by `make lock`
# from requirements.txt; without --sdm conda, rules run in the Python that runs Snakemake.
channels:
  - conda-forge
  - nodefaults
dependencies:
  - python=3.11
  - pip
  - pip:
"""


def environment(lock: str) -> str:
    """Return the environment file for the text of a lock file."""
    lines = (line.strip() for line in lock.splitlines())
    pins = [line for line in lines if line and not line.startswith("#")]
    return HEAD + "".join(f"      - {pin}\n" for pin in pins)


if __name__ == "__main__":
    lock = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    write_text(ROOT / "envs" / "lingraft.yaml", environment(lock))
