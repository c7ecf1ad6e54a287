"""The report tells how to talk to each model, its card, its size and its speed, from its files."""

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from scripts.common.errors import InputError
from scripts.common.files import write_json, write_jsonl
from scripts.common.provenance import meta_path
from scripts.report.inputs import Inputs
from scripts.report.page import make_environment, render_section
from scripts.report.sections.models import Timed, build, tell_seconds, tell_size
from scripts.report.weights import read_weights
from scripts.report.write_report import find_cards


def write_model(folder: Path, vocabulary: int = 24) -> Path:
    """Write a model's folder whose weights are two files, most of them of 16 bits."""
    folder.mkdir(parents=True)
    write_json(folder / "config.json", {"vocab_size": vocabulary})
    save_file({"embed": np.zeros((24, 8), np.float16)}, folder / "model-1.safetensors")
    norm = {"norm": np.zeros(8, np.float32), "scale": np.zeros((), np.float32)}
    save_file(norm, folder / "model-2.safetensors", metadata={"format": "pt"})
    return folder


def write_answers(folder: Path, name: str, **settings: object) -> Path:
    path = folder / f"{name}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    said = {"device": "cpu", "batch_size": 32} | settings
    write_json(meta_path(path), {"settings": said, "versions": {}})
    return path


def test_size_is_read_from_headers_and_the_folder(tmp_path):
    found = read_weights(write_model(tmp_path / "m"))
    size = sum(file.stat().st_size for file in (tmp_path / "m").iterdir())
    assert (found.parameters, found.rows, found.kind) == (24 * 8 + 8 + 1, 24, "float16")
    assert found.size == size
    assert read_weights(tmp_path) is None


def test_a_real_model_has_the_parameters_that_are_loaded(tiny_model):
    from scripts.infer.load import load_model

    model, tokenizer, _ = load_model(tiny_model, "float32")
    found = read_weights(tiny_model)
    assert found.parameters == sum(one.numel() for one in model.parameters())
    assert found.rows == model.get_input_embeddings().weight.shape[0] >= len(tokenizer)
    assert found.kind == "float32"


def test_a_damaged_file_is_one_line(tmp_path):
    folder = write_model(tmp_path / "m")
    for text in (b"", b"\xff" * 40):
        (folder / "model-1.safetensors").write_bytes(text)
        with pytest.raises(InputError, match=r"model-1.safetensors: cannot be read"):
            read_weights(folder)


@pytest.fixture
def shown(tmp_path):
    """What the section says of a base, and of a model that was trained and answered."""
    for name in ("base", "x"):
        write_model(tmp_path / "models" / name)
    write_json(tmp_path / "models/x.meta.json", {"device": "cuda", "seconds": 3})
    steps = [{"step": n, "seconds": 40.0} for n in range(3)]
    write_jsonl(tmp_path / "models/x/speed_log.jsonl", steps)
    predictions = [
        write_answers(tmp_path / "x", "a", max_new_tokens=8, tokens=90, prediction_seconds=2.0),
        write_answers(tmp_path / "x", "b", max_new_tokens=8, tokens=10, prediction_seconds=3.0),
        write_answers(tmp_path / "x", "kept", max_new_tokens=8, tokens=0, prediction_seconds=0),
        write_answers(tmp_path / "x", "ranked", tokens=9999, prediction_seconds=1.0),
        tmp_path / "x/undescribed.jsonl",
        write_answers(tmp_path / "base", "ranked", tokens=9999, prediction_seconds=1.0),
    ]
    (tmp_path / "cards").mkdir()
    models = {name: tmp_path / "models" / name for name in ("base", "x", "gone")}
    inputs = Inputs(
        "T",
        tmp_path / "main.csv",
        models=models,
        cards={"x": "cards/x.md"},
        speed_logs={"x": tmp_path / "models/x/speed_log.jsonl"},
        predictions=predictions,
    )
    return build(inputs)


def test_what_was_not_done_has_no_speed(shown):
    base, x, gone = shown["models"]
    assert x["speed"] == Timed("20", "cpu, 32 together")
    assert x["training"] == Timed("2 min 0 s", "cuda")
    assert base["speed"] == base["training"] == gone["speed"] == Timed()
    assert (gone["parameters"], gone["size"], base["parameters"]) == ("–", "–", "201")


def test_each_has_its_command_and_its_card(shown):
    colours = dict.fromkeys(("base", "x", "gone"), "#123456")
    page = render_section(make_environment(), "models", shown | {"colours": colours})
    assert page.count("<code>make chat MODEL=") == 3 and "make chat MODEL=x<" in page
    assert '<a href="cards/x.md">' in page
    # The base's card is its publisher's.
    assert page.count("snakemake results/cards/") == 1 and "results/cards/gone.md" in page


def test_a_card_is_linked_where_it_is_written(tmp_path):
    (tmp_path / "cards").mkdir()
    (tmp_path / "cards/x.md").write_text("# x")
    assert find_cards(tmp_path / "cards", ["base", "x"], tmp_path) == {"x": "cards/x.md"}
    assert find_cards(None, ["x"], tmp_path) == {}


def test_without_models_there_is_no_section(tmp_path):
    assert build(Inputs("T", tmp_path / "main.csv")) is None


def test_sizes_and_times_are_short():
    sizes = {0: "0 bytes", 999: "999 bytes", 1500: "1.50 kB", 999_600: "1.00 MB", 10**13: "10.0 TB"}
    assert {size: tell_size(size) for size in sizes} == sizes
    assert tell_size(538_090_408) == "538 MB"
    times = {0.4: "0 s", 59.6: "1 min 0 s", 3599.7: "1 h 0 min", 360_000: "100 h 0 min"}
    assert {seconds: tell_seconds(seconds) for seconds in times} == times
