"""`make perf` itself: the stopwatch, the ratios, and that contestants train on the same tokens."""

import json
import sys

import pytest

from scripts.common.errors import InputError
from scripts.common.files import read_jsonl, write_jsonl
from scripts.environments.create_environment import DONE
from scripts.environments.locks import environment_folder
from scripts.infer import generate
from scripts.pack.rendering import Vocabulary
from tests.perf import answer, answer_with_generate, data, infer
from tests.perf.answer import list_ways
from tests.perf.contestants import CONTESTANTS, Settings, read_useful_tokens
from tests.perf.prepare import LENGTH, word, write_records
from tests.perf.stopwatch import Lap, run_lap
from tests.perf.table import draw_table, ratios, write_section

RECORDS = [
    {"instruction": "Name a colour.", "input": "", "output": "Blue, like the sea."},
    {"instruction": "Say it shorter.", "input": "The boat came in late.", "output": "Late boat."},
    {"instruction": "Count.", "input": "", "output": "one two three " * LENGTH},
    {"instruction": "Say nothing.", "input": "", "output": " "},
    {"instruction": "Which word is it?", "input": "sea", "output": "It is a word for the sea."},
] * 4


def lap(useful: int, seconds: float) -> Lap:
    return Lap([{"step": 3, "useful_tokens": useful}, {"step": 4, "useful_tokens": 0}], seconds)


def test_rounds_are_compared_with_one_another():
    """A machine twice as slow in round two must not change the ratio."""
    ours, theirs = [lap(600, 2), lap(600, 4)], [lap(100, 1), lap(100, 2)]
    assert ratios(ours, theirs) == [3, 3]
    table = draw_table({"us": ours, "them": theirs}, {"us": "a row", "them": "a batch"}, "us")
    assert "| us | a row | 225 (150-300) |  | 4, 6 |" in table
    assert "| them | a batch | 75 (50-100) | 3.00 (3.00-3.00) | 4, 3 |" in table


def test_a_section_is_replaced_and_the_rest_kept(tmp_path):
    page = tmp_path / "performance.md"
    page.write_text("# Speed\n\nHow.\n\n## laptop\n\nold\n\n## server\n\nkept\n")
    write_section(page, "laptop", "new")
    write_section(page, "phone", "newer")
    kept = "# Speed\n\nHow.\n\n## laptop\n\nnew\n\n## server\n\nkept\n"
    assert page.read_text() == f"{kept}\n## phone\n\nnewer\n"


def test_stopwatch_times_steps_behind_the_warm_up_and_ends_the_process(tmp_path):
    program = (
        "import itertools, json, sys, time\n"
        "for step in itertools.count(1):\n"
        "    time.sleep(1 if step < 2 else 0.05)\n"
        "    with open(sys.argv[1], 'a') as stream:\n"
        "        stream.write(json.dumps({'step': step, 'useful_tokens': 10}) + '\\n')\n"
    )
    path = tmp_path / "steps.jsonl"
    command = [sys.executable, "-c", program, str(path)]
    found = run_lap(command, {}, lambda: path, tmp_path / "printed.txt", seconds=0.5, warmup=1)
    assert found.steps[0]["step"] == 2
    assert 0.5 <= found.seconds == pytest.approx(0.05 * len(found.steps), rel=0.5)
    written = path.read_text()
    assert len(written.splitlines()) <= len(found.steps) + 2, "still running"


def test_a_contestant_that_fails_is_shown_with_its_last_words(tmp_path):
    command = [sys.executable, "-c", "import sys; sys.exit('no such model')"]
    with pytest.raises(InputError, match="no such model"):
        run_lap(command, {}, lambda: None, tmp_path / "printed.txt", seconds=1, warmup=1)


def test_contestants_train_on_the_same_useful_tokens(tiny_model, tmp_path):
    """Ours and the padded one run for real, on a tiny model, and count what the data hold."""
    (tmp_path / "base").symlink_to(tiny_model)
    worded = [
        {"instruction": word(record), "input": "", "output": record["output"]} for record in RECORDS
    ]
    prepared = write_records(worded, tmp_path / "base", tmp_path)
    assert prepared.records == 12, "neither too long nor empty"
    assert len(json.loads((tmp_path / "alpaca.json").read_text())) == 12
    settings = Settings(
        tmp_path, "cpu", threads=1, seconds=0.1, warmup=1, micro_batch=2, precision="fp32"
    )
    for name in ("ours", "padded"):
        found = CONTESTANTS[name].run(settings, seed=1)
        assert found.useful_tokens_per_second > 0
    assert read_useful_tokens(settings.laps / "padded") == prepared.useful_tokens
    vocabulary = Vocabulary.load(tiny_model)
    outputs = vocabulary.encode([record["output"] for record in RECORDS[:2] + RECORDS[4:5]])
    assert prepared.useful_tokens == 4 * sum(len(output) + 1 for output in outputs)


def test_ways_of_answering_are_asked_the_same_and_compared(tiny_model, tmp_path):
    """Ours and transformers' `generate` run for real, on a tiny model: as many tokens."""
    benchmark = tmp_path / "sea_en-zh.jsonl"
    record = {"task": "translation", "instruction": "Translate.", "references": ["海"]}
    write_jsonl(benchmark, [{"id": str(n), "input": "sea " * (n + 1), **record} for n in range(5)])
    for module in (generate, answer_with_generate):
        words = ["--model", tiny_model, "--benchmark", benchmark, "--format", "chatml"]
        words += ["--dtype", "float32", "--max-new-tokens", 6, "--output", tmp_path / "p.jsonl"]
        module.main(module.parser().parse_args([str(word) for word in words]))
        found = read_jsonl(tmp_path / "p.jsonl")
        assert sum(row["tokens"] for row in found) == 30, "all answers reach the limit"
    words = ["--model", str(tiny_model), "--benchmark", str(benchmark), "--batch", "4", "2"]
    ways = list(list_ways(answer.parser().parse_args(words), "generate"))
    assert [way.batch for way in ways] == [4, 4, 2, 2] * 2
    assert ways[0].name == "transformers' generate, float32, 4 at a time"


def test_the_data_phase_is_measured_step_by_step(tiny_model, capsys):
    data.main(data.parser().parse_args(["--tokenizer", str(tiny_model), "--pairs", "200"]))
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[1] for line in lines[2:]] == [
        "data.build_corpus", "data.build_benchmark", "data.filter_corpus", "data.check_overlap",
        "pack.pack_examples",
        "data.clean_corpus", "data.sign_records", "data.match_signatures",
        "data.cluster_duplicates", "data.gather_corpus", "data.clean_corpus",
    ]  # fmt: skip


def test_inference_is_compared_answer_by_answer(tiny_model, tmp_path, capsys):
    """All contestants run for real, on a tiny model, and say the same in float32."""
    translation, choice = tmp_path / "sea_en-zh.jsonl", tmp_path / "moon_zh.jsonl"
    asked = [{"id": str(n), "instruction": "Say it.", "input": "sea " * (n + 1)} for n in range(5)]
    write_jsonl(translation, [{"task": "translation", "references": ["海"], **r} for r in asked])
    choices = {"task": "choice", "choices": ["sea", "moon"], "answer": 1}
    write_jsonl(choice, [choices | record for record in asked])
    words = ["--model", tiny_model, "--translation", translation, "--choice", choice]
    words += ["--dtype", "float32", "--max-new-tokens", 6, "--threads", 1]
    infer.main(infer.parser().parse_args([str(word) for word in words]))
    printed = capsys.readouterr().out
    with_harness = (environment_folder("lm-eval") / DONE).is_file()
    assert printed.count("5 of 5") == 6 + with_harness
    assert ("| lm-eval's hf, 8 at a time, float32 |" in printed) is with_harness
    assert "| lingraft, 32 at a time, float32 |" in printed
