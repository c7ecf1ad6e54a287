"""A checkpoint's files become a folder, and of several references the best counts."""

import pytest

from scripts.common.errors import InputError
from scripts.common.files import sha256
from scripts.score.neural.published_weights import (
    PublishedWeights,
    best_scores,
    check_complete,
    describe,
    weights_folder,
)

RECORDS = [
    {"id": "a", "input": "one", "prediction": "x", "references": ["xy", "xyz"]},
    {"id": "b", "prediction": "long", "references": ["l"]},
]


def test_the_best_reference_counts():
    asked = []

    def score(pairs):
        asked.extend(pairs)
        return [float(len(reference)) for _, _, reference in pairs]

    assert best_scores(RECORDS, score).tolist() == [[3, 1], [1, 1]]
    assert asked == [("one", "x", "xy"), ("one", "x", "xyz"), ("", "long", "l")]


def test_files_lie_under_the_names_the_library_reads(tmp_path):
    (tmp_path / "raw").write_text("weights")
    with weights_folder({"encoder/config.json": tmp_path / "raw"}) as folder:
        assert (folder / "encoder/config.json").read_text() == "weights"
    assert not folder.exists()
    missing = weights_folder({"vocab.txt": tmp_path / "no"})
    with pytest.raises(InputError, match=r"no: no such file, expected vocab\.txt of the"), missing:
        pass


def test_the_signature_changes_with_any_file(tmp_path):
    file = tmp_path / "weights"
    found = []
    for text in ("one", "two"):
        file.write_text(text)
        weights = PublishedWeights("tiny", {"w": file})
        signature, details = describe(weights, "numpy", RECORDS, {"layer": 9})
        assert details == {"checkpoint": {"name": "tiny", "sha256": {"w": sha256(file)}}}
        assert (signature["refs"], signature["layer"]) == ("var", 9)
        found.append(signature["files"])
    assert found[0] != found[1]


def test_missing_weights_cost_one_line():
    check_complete([], "x")
    with pytest.raises(InputError, match="checkpoint x: 2 weights are missing, such as 'a'"):
        check_complete(["a", "b"], "x")
