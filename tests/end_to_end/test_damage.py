"""A byte that a disk changed is found by the job that would read it, in whatever file it is."""

import os

import pytest

from tests.support.damage import flip_byte
from tests.support.tiny_study import copy_study, snakemake

MAIN, TABLE = "results/x-tiny-zh/ui_en-zh.bleu", "results/tables/main.csv"
ANSWERS = "results/predictions/x-tiny-zh/ui_en-zh.jsonl"
STAGE, PACKED = "results/models/instruct-en/stage.json", "results/packed/instruct-en/manifest.json"
EXTENDED = "results/models/billa-extended/stage.json"
# How it is told: by digests, by a file that holds another's, or by a flipped brace or quote.
FOUND = ("damaged, or changed by hand", "not the records that", "not JSON")
# What is damaged, and what is made of it; from the end of the workflow to its beginning, since
# Snakemake deletes what a failed job should have made.
CASES = [
    (TABLE, "results/report.html"),
    ("results/study.json", "results/report.html"),
    ("results/comparisons/x-tiny-zh.jsonl", TABLE),
    (MAIN, TABLE),
    ("results/records/x-tiny-zh/ui_en-zh.bleu.jsonl", "results/comparisons/x-tiny-zh.jsonl"),
    (ANSWERS, MAIN),
    (f"{ANSWERS}.meta.json", MAIN),
    ("results/models/x-tiny-zh/model.safetensors", ANSWERS),
    ("results/models/x-tiny-zh/tokenizer.json", ANSWERS),
    ("results/models/x-tiny-zh/config.json", ANSWERS),
    (STAGE.replace("stage.json", "model.safetensors"), STAGE),  # another name of final's
    ("results/packed/instruct-en/rows.arrow", STAGE),
    (PACKED, STAGE),
    ("results/models/base/model.safetensors", STAGE),
    ("results/tokenizers/billa-extended/tokenizer.json", EXTENDED),
    ("results/tokenizers/billa-extended/extension.json", EXTENDED),
    ("results/models/base/model.safetensors", EXTENDED),
    ("results/clean/everyday_en.parquet", PACKED),
    ("results/corpora/everyday_en.parquet", "results/clean/everyday_en.parquet"),
    # Last: all clean corpora are made of it, too.
    ("results/benchmarks/ui_en-zh.jsonl", ANSWERS),
]


@pytest.fixture(scope="module")
def study(tiny_study, tmp_path_factory):
    """A copy of the tiny study whose files may be damaged; links stay links, as on a disk."""
    folder = tmp_path_factory.mktemp("damage") / "study"
    copy_study(tiny_study, folder)
    relink(folder)
    return folder


def relink(folder) -> None:
    """Make the published files of a stage other names of its final folder's again."""
    [final] = (folder / "results/checkpoints/instruct-en").glob("*/final")
    for file in filter(lambda path: path.is_file(), final.iterdir()):
        (folder / "results/models/instruct-en" / file.name).unlink()
        os.link(file, folder / "results/models/instruct-en" / file.name)


def read(path) -> bytes:
    """Return a file's bytes, none where it is missing."""
    return path.read_bytes() if path.exists() else b""


@pytest.mark.parametrize(("damaged", "target"), CASES)
def test_a_damaged_file_is_named_and_never_used(study, damaged, target):
    path = study / damaged
    content, state, made = path.read_bytes(), path.stat(), read(study / target)
    flip_byte(path)
    try:
        done = snakemake(study, "--force", "--cores", "1", "--", target, check=False)
    finally:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("r+b" if path.exists() else "wb") as stream:
            stream.write(content)
        os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
    assert done.returncode != 0, done.stdout[-3000:]
    assert read(study / target) in (b"", made)
    name = "final/model.safetensors" if "instruct-en/model" in damaged else damaged
    [line] = {line for line in done.stdout.splitlines() if line.startswith("error:")}
    assert f"{name}: " in line and any(word in line for word in FOUND)
