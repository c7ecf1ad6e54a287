"""The report says with what each model answered, and how many answers depend on the batch."""

import json
from pathlib import Path

from scripts.common.provenance import meta_path
from scripts.report.inputs import Inputs
from scripts.report.page import make_environment, render_section
from scripts.report.sections.answering import build

PLAIN = {"dtype": "bfloat16", "device": "cuda", "batch_size": 32, "seed": 1, "limit": None}
VERSIONS = {"python": "3.11", "torch": "2.13.0", "transformers": "5.23.0"}


def write(folder: Path, model: str, benchmark: str, settings: dict, versions=VERSIONS) -> Path:
    """Write the description of predictions; return where these would be."""
    path = folder / model / f"{benchmark}.jsonl"
    path.parent.mkdir(exist_ok=True)
    meta = {"settings": PLAIN | settings, "versions": versions}
    meta_path(path).write_text(json.dumps(meta))
    return path


def show(paths: list[Path]) -> dict[str, list[str]]:
    """Return the table's cells by model."""
    table = build(Inputs("T", Path("main.csv"), predictions=paths))["table"]
    return {row.labels[0]: [cell.value for cell in row.cells] for row in table.rows}


def test_answers_that_differ_are_summed_by_the_size_of_the_batch(tmp_path):
    paths = [
        write(tmp_path, "base", "a", {"differing": {"answers": 3, "of": 33, "batch": 8}}),
        write(tmp_path, "base", "b", {"differing": {"answers": 1, "of": 32, "batch": 8}}),
        write(tmp_path, "base", "c", {"limit": 9, "seed": 7}),
        write(tmp_path, "x", "a", {"differing": {"answers": 0, "of": 4, "batch": 1}}),
        write(tmp_path, "y", "a", {"deterministic": True, "dtype": "float32"}),
    ]
    found = show(paths)
    engine = "transformers 5.23.0 · torch 2.13.0"
    assert found["base"] == [engine, "bfloat16", "cuda", "32", "7", "4 of 65 (batch 8)"]
    assert found["x"][-2:] == ["–", "0 of 4 (batch 1)"]
    assert found["y"][1] == "float32" and found["y"][-1] == "none can: deterministic"


def test_every_engine_is_named_with_its_versions(tmp_path):
    several = VERSIONS | {"vllm": "0.30.0"}
    paths = [
        write(tmp_path, "base", "a", {"engine": "vllm", "batch_size": 256}, several),
        write(tmp_path, "base", "b", {"engine": "transformers"}),
        write(tmp_path, "base", "c", {"harness": {}}),
    ]
    others = "transformers 5.23.0 · torch 2.13.0"
    engines = f"vllm 0.30.0 · {others}, {others}, lm-evaluation-harness · {others}"
    assert show(paths)["base"][0] == engines
    assert show(paths)["base"][3] == "256, 32"


def test_predictions_of_before_there_was_a_description_are_left_out(tmp_path):
    assert build(Inputs("T", Path("main.csv"), predictions=[tmp_path / "base/a.jsonl"])) is None


def test_records_that_were_cut_and_answers_that_name_no_choice_are_listed(tmp_path):
    paths = [
        write(tmp_path, "base", "a", {"cut": ["r1", "r2", "r3", "r4"], "unread": []}),
        write(tmp_path, "base", "b", {"cut": []}),
        write(tmp_path, "x", "a", {"unread": ["<q>"]}),
    ]
    shown = build(Inputs("T", Path("main.csv"), predictions=paths))
    rows = shown["lost"].rows
    cells = [(row.labels[0], *(cell.value for cell in row.cells)) for row in rows]
    assert cells == [("base", "a", "4: r1, r2, r3, …", "–"), ("x", "a", "–", "1: <q>")]
    html = render_section(make_environment(), "answering", shown)
    assert "4: r1, r2, r3, …" in html and "1: &lt;q&gt;" in html
    plain = build(Inputs("T", Path("main.csv"), predictions=paths[1:2]))
    assert plain["lost"] is None
    assert "no choice" not in render_section(make_environment(), "answering", plain)
