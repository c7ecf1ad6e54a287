"""One process answers benchmarks of all tasks as their scripts do, and none of them twice."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from scripts.common.command import parse_each
from scripts.common.errors import InputError
from scripts.common.files import ROOT, read_jsonl, write_jsonl
from scripts.infer import answer_benchmarks, generate, load, measure_text, rank_choices
from scripts.infer.resume import partial_path

ASKED = {"instruction": "Translate.", "output": "海", "references": ["海"]}
RECORDS = {
    "sea_en-zh": [
        {"task": "translation", "input": f"Sea {number}.", **ASKED} for number in range(8)
    ],
    "boat_en-zh": [
        {"task": "translation", "input": f"Boat {number}.", **ASKED} for number in range(8)
    ],
    "words_zh": [
        {"task": "choice", "input": f"{number}?", "choices": ["海", "a boat"], "answer": 0}
        for number in range(4)
    ],
    "text_zh": [{"task": "text", "input": "", "text": "床前明月光。" * 5}],
}
GENERATED = ["--format", "chatml", "--batch-size", "2", "--max-new-tokens", "12"]
OPTIONS = {
    "sea_en-zh": (generate, GENERATED),
    "boat_en-zh": (generate, GENERATED),
    "words_zh": (rank_choices, ["--format", "chatml", "--batch-size", "3"]),
    "text_zh": (measure_text, ["--window", "32"]),
}


@pytest.fixture
def benchmarks(tmp_path) -> Path:
    """A folder with the benchmarks."""
    for name, records in RECORDS.items():
        common = {"instruction": "", "output": ""}
        lines = ({"id": str(n), **common, **record} for n, record in enumerate(records))
        write_jsonl(tmp_path / "benchmarks" / f"{name}.jsonl", lines)
    return tmp_path / "benchmarks"


def words(model, benchmarks, output, names) -> list[str]:
    """Return the command line that answers benchmarks into a folder."""
    found = ["--model", str(model)]
    for name in names:
        files = ["--benchmark", benchmarks / f"{name}.jsonl", "--output", output / f"{name}.jsonl"]
        found += ["--each", *map(str, files), *OPTIONS[name][1]]
    return found


def answer(model, benchmarks, output, names=RECORDS) -> dict[str, bytes]:
    """Answer benchmarks; return the bytes of their predictions by name."""
    parser = answer_benchmarks.parser()
    answer_benchmarks.main(parse_each(parser, words(model, benchmarks, output, names)))
    return {name: (output / f"{name}.jsonl").read_bytes() for name in names}


@pytest.fixture
def calls(monkeypatch) -> list[str]:
    """What was loaded and asked, in order."""
    found: list[str] = []

    def note(module, name):
        function = getattr(module, name)

        def noted(first, *others):
            found.append(getattr(first, "benchmark", first).stem)
            return function(first, *others)

        monkeypatch.setattr(module, name, noted)

    note(load, "load_model")
    for module in (generate, rank_choices, measure_text):
        note(module, "main")
    return found


def test_each_is_answered_as_by_its_own_script_with_the_model_loaded_once(
    tiny_model, benchmarks, tmp_path, calls
):
    together = answer(tiny_model, benchmarks, tmp_path / "together")
    assert sorted(calls) == sorted([tiny_model.stem, *RECORDS])
    for name, (script, options) in OPTIONS.items():
        output = tmp_path / "alone.jsonl"
        command = ["--model", tiny_model, "--benchmark", benchmarks / f"{name}.jsonl"]
        command = [str(word) for word in [*command, "--output", output, *options]]
        script.main(script.parser().parse_args(command))
        assert output.read_bytes() == together[name]


def test_only_what_is_new_or_changed_is_answered(tiny_model, benchmarks, tmp_path, calls):
    output, old = tmp_path / "output", ["sea_en-zh", "words_zh", "text_zh"]
    before = answer(tiny_model, benchmarks, output, old)
    for path in output.glob("[!.]*.jsonl"):
        path.unlink()  # as Snakemake does before a job runs again
    calls.clear()
    after = answer(tiny_model, benchmarks, output)
    assert calls == ["boat_en-zh", tiny_model.stem]
    assert {name: after[name] for name in old} == before
    write_jsonl(benchmarks / "words_zh.jsonl", read_jsonl(benchmarks / "words_zh.jsonl")[:3])
    calls.clear()
    changed = answer(tiny_model, benchmarks, output)
    assert calls == ["words_zh", tiny_model.stem]
    assert changed["words_zh"] == b"".join(after["words_zh"].splitlines(keepends=True)[:3])
    assert all(changed[name] == after[name] for name in RECORDS if name != "words_zh")


def test_another_wording_or_length_is_another_question(tiny_model, benchmarks, tmp_path, calls):
    answer(tiny_model, benchmarks, tmp_path, ["sea_en-zh"])
    for option, value in (("--max-new-tokens", "6"), ("--format", "brief"), ("--limit", "3")):
        calls.clear()
        command = words(tiny_model, benchmarks, tmp_path, ["sea_en-zh"])
        answer_benchmarks.main(parse_each(answer_benchmarks.parser(), [*command, option, value]))
        assert "sea_en-zh" in calls, option


def test_another_text_between_turns_is_another_question_where_examples_are_turns(
    tiny_model, benchmarks, tmp_path, calls
):
    form = {"prompt": "Q: {query}\nA:", "end": "\n", "opening": "A:", "between": "\n"}
    found = []
    for between in ("\n", "\n--\n", "\n--\n"):
        calls.clear()
        command = words(tiny_model, benchmarks, tmp_path, ["sea_en-zh"])
        command += ["--format", json.dumps(form | {"between": between})]
        command += ["--answer", '{"shots": 2}', "--exemplars", benchmarks / "boat_en-zh.jsonl"]
        several = parse_each(answer_benchmarks.parser(), list(map(str, command)))
        answer_benchmarks.main(several)
        found.append(("sea_en-zh" in calls, (tmp_path / "sea_en-zh.jsonl").read_text()))
    assert [asked for asked, _ in found] == [True, True, False]
    assert found[0][1] != found[1][1] == found[2][1]


def run(command: list[str]) -> subprocess.Popen:
    """Start the script by itself and have it say whether it loaded torch."""
    code = (
        "import sys; from scripts.infer import answer_benchmarks as script;"
        "from scripts.common.command import parse_each;"
        "script.main(parse_each(script.parser())); print('torch' in sys.modules)"
    )
    return subprocess.Popen(
        [sys.executable, "-c", code, *command], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )


def test_killed_while_answering_it_continues_there_and_then_loads_no_torch(
    tiny_model, benchmarks, tmp_path, calls
):
    whole = answer(tiny_model, benchmarks, tmp_path / "whole")
    output = tmp_path / "killed"
    command = words(tiny_model, benchmarks, output, RECORDS)
    killed, partial = run(command), partial_path(output / "boat_en-zh.jsonl")
    while not partial.exists() or partial.read_bytes().count(b"\n") < 2:
        assert killed.poll() is None, "ended before it could be killed"
        time.sleep(0.001)
    os.kill(killed.pid, signal.SIGKILL)
    killed.communicate()
    finished = partial.read_bytes().count(b"\n") - 1
    assert not (output / "words_zh.jsonl").exists()
    for path in output.glob("[!.]*.jsonl"):
        path.unlink()
    calls.clear()
    assert answer(tiny_model, benchmarks, output) == whole
    assert calls == ["boat_en-zh", tiny_model.stem, "words_zh", "text_zh"] and finished >= 1
    for path in output.glob("[!.]*"):
        path.unlink()
    assert run(command).communicate()[0] == "False\n"
    assert {name: (output / f"{name}.jsonl").read_bytes() for name in RECORDS} == whole
    assert all((output / f"{name}.jsonl.meta.json").is_file() for name in RECORDS)


def test_a_benchmark_of_no_task_or_without_a_format_is_refused(tiny_model, benchmarks, tmp_path):
    write_jsonl(benchmarks / "words_zh.jsonl", [{"id": "0", "task": "chioce"}])
    with pytest.raises(InputError, match=r"words_zh.jsonl:1: no task 'chioce'; did you mean"):
        answer(tiny_model, benchmarks, tmp_path, ["words_zh"])
    command = words(tiny_model, benchmarks, tmp_path, ["sea_en-zh"])
    place = command.index("--format")
    with pytest.raises(InputError, match=r"--format: found none, which .*sea_en-zh.jsonl"):
        answer_benchmarks.main(
            parse_each(answer_benchmarks.parser(), command[:place] + command[place + 2 :])
        )
