"""Translation scores: sacrebleu's number to the last digit, and an honest interval."""

import subprocess
import sys

import pytest

from scripts.common.errors import InputError
from scripts.common.files import ROOT, read_json, sha256, write_jsonl
from scripts.score import score_translation

PAIRS = [
    ("今天的天气很好。", "今天天气很好。", "今天天气真不错。"),
    ("我们去公园散步。", "我们去公园走走吧。", "咱们去公园散步。"),
    ("The boat came in from the sea.", "The last boat came in from the sea.", "A boat came in."),
    ("Bread needs flour, water and time", "A loaf needs flour, water and time.", "Bread is slow."),
    ("", "An empty line stays a line.", "Still a line."),
    ("two\nlines , here", "two lines, here", "two lines"),
    ("The harbour was quiet at night.", "The harbour was quiet at night.", "It was quiet."),
]


def write_predictions(path, count=2, **changes):
    records = [
        {
            "id": str(number),
            "task": "translation",
            "prediction": hypothesis,
            "references": list(texts[:count]),
            **changes,
        }
        for number, (hypothesis, *texts) in enumerate(PAIRS)
    ]
    write_jsonl(path, records)
    return path


def score(predictions, output, *options):
    names = ["--model", "m", "--benchmark", "b"]
    paths = ["--predictions", str(predictions), "--output", str(output)]
    score_translation.main(score_translation.parser().parse_args([*names, *paths, *options]))
    return read_json(output)


def sacrebleu_command(tmp_path, references, *options):
    (tmp_path / "hypotheses").write_text("".join(" ".join(p[0].split("\n")) + "\n" for p in PAIRS))
    files = [str(tmp_path / f"references{number}") for number in range(references)]
    for number, name in enumerate(files, 1):
        with open(name, "w", encoding="utf-8") as stream:
            stream.writelines(pair[number] + "\n" for pair in PAIRS)
    command = [sys.executable, "-m", "sacrebleu", *files, "-i", str(tmp_path / "hypotheses")]
    command += [*options, "--score-only", "--width", "13"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.parametrize("references", [1, 2])
@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (["--metric", "bleu", "--tokenize", "zh"], ["-m", "bleu", "--tokenize", "zh"]),
        (["--metric", "bleu"], ["-m", "bleu"]),
        (["--metric", "chrf"], ["-m", "chrf"]),
    ],
)
def test_the_score_is_the_sacrebleu_commands(tmp_path, references, ours, theirs):
    found = score(write_predictions(tmp_path / "p.jsonl", references), tmp_path / "s", *ours)
    assert f"{found['score']:.13f}" == sacrebleu_command(tmp_path, references, *theirs)
    assert 5 < found["score"] < 95
    assert f"nrefs:{references}|" in found["signature"]
    assert "version:" in found["signature"]


@pytest.mark.parametrize("metric", ["bleu", "chrf"])
def test_records_may_have_different_numbers_of_references(tmp_path, metric):
    from sacrebleu.metrics import BLEU, CHRF

    records = [
        {"id": "a", "task": "translation", "prediction": "a quiet sea at night", "references": r}
        for r in (["the sea at night"], ["a sea", "one quiet sea at night"])
    ]
    records[1]["id"] = "b"
    write_jsonl(tmp_path / "p.jsonl", records)
    found = score(tmp_path / "p.jsonl", tmp_path / "s", "--metric", metric)
    streams = [["the sea at night", "a sea"], [None, "one quiet sea at night"]]
    theirs = {"bleu": BLEU, "chrf": CHRF}[metric]()
    assert found["score"] == theirs.corpus_score(["a quiet sea at night"] * 2, streams).score
    assert found["signature"].startswith("nrefs:var|")


def test_the_interval_is_near_sacrebleus_own(tmp_path):
    from sacrebleu.metrics import CHRF

    found = score(write_predictions(tmp_path / "p.jsonl", 1), tmp_path / "s", "--metric", "chrf")
    theirs = CHRF().corpus_score(
        [" ".join(pair[0].split("\n")) for pair in PAIRS], [[p[1] for p in PAIRS]], n_bootstrap=1000
    )
    low, high = found["interval"]
    assert low < found["score"] < high
    assert (high - low) / 2 == pytest.approx(theirs._ci, rel=0.1)


def test_score_files_are_the_same_bytes_and_name_their_predictions(tmp_path):
    predictions = write_predictions(tmp_path / "p.jsonl")
    found = score(predictions, tmp_path / "a", "--seed", "7")
    again = score(predictions, tmp_path / "b", "--seed", "7")
    assert found == again
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert found["predictions"] == {"path": str(predictions), "sha256": sha256(predictions)}
    assert found["n"] == len(PAIRS)
    assert score(predictions, tmp_path / "c", "--seed", "8")["interval"] != found["interval"]


def test_an_unknown_tokenizer_names_the_nearest(tmp_path):
    predictions = write_predictions(tmp_path / "p.jsonl")
    with pytest.raises(InputError, match="no tokenizer '13b'; did you mean '13a'"):
        score(predictions, tmp_path / "s", "--tokenize", "13b")
    assert not (tmp_path / "s").exists()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"task": "text"}, r"p\.jsonl:1: task 'text', expected 'translation'"),
        ({"prediction": None}, r"p\.jsonl:1: prediction is None, expected a text"),
        ({"references": []}, r"p\.jsonl:1: no references"),
        ({"id": "same"}, "id 'same' stands there twice"),
    ],
)
def test_bad_predictions_get_one_line(tmp_path, change, message):
    predictions = write_predictions(tmp_path / "p.jsonl", **change)
    with pytest.raises(InputError, match=message):
        score(predictions, tmp_path / "s")


def test_torch_is_not_imported():
    code = (
        "import sys, scripts.score.score_translation, scripts.score.compare_scores,"
        " scripts.score.score_text, scripts.score.score_choices; print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.strip() == "False"
