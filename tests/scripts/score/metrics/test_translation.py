"""Translation scores: sacrebleu's number to the last digit, and an honest interval."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
import sentencepiece
from sacrebleu.metrics import BLEU, CHRF, TER
from scipy.stats import t

from scripts.common.errors import InputError
from scripts.common.files import ROOT, sha256, write_jsonl
from scripts.score.intervals import interval
from scripts.score.metrics import translation as translation_metrics
from scripts.score.metrics.settings import Settings
from scripts.score.scorers import scorer
from tests.support import scoring

MIRROR_FILE = Path(os.environ.get("LINGRAFT_MIRROR", "none")) / (
    "raw.githubusercontent.com/mozilla/firefox-translations-models/"
    "e7957fc407441a5e3e35bbcbf9d60d9b35764618/evaluation/en-zh/flores-test.zh"
)
needs_mirror = pytest.mark.skipif(not MIRROR_FILE.exists(), reason="needs $LINGRAFT_MIRROR")

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


@pytest.fixture(scope="module")
def pieces(tmp_path_factory):
    """Return a SentencePiece model, where sacrebleu's command line looks for that of Flores-101."""
    folder = tmp_path_factory.mktemp("sacrebleu")
    (folder / "models").mkdir()
    text = "".join(line + "\n" for pair in PAIRS for line in pair if line)
    (folder / "text").write_text(text, encoding="utf-8")
    model = folder / "models" / "sacrebleu_tokenizer_spm.model"
    sentencepiece.SentencePieceTrainer.train(
        input=str(folder / "text"),
        model_prefix=str(model.with_suffix("")),
        vocab_size=150,
        hard_vocab_limit=False,
        minloglevel=2,
    )
    return model


def sacrebleu_command(folder, pairs, references, *options, pieces=None):
    """Return the number that sacrebleu's command line prints, with 13 decimals."""
    (folder / "hypotheses").write_text(
        "".join(" ".join(pair[0].split("\n")) + "\n" for pair in pairs)
    )
    files = [str(folder / f"references{number}") for number in range(references)]
    for number, name in enumerate(files, 1):
        with open(name, "w", encoding="utf-8") as stream:
            stream.writelines(pair[number] + "\n" for pair in pairs)
    command = [sys.executable, "-m", "sacrebleu", *files, "-i", str(folder / "hypotheses")]
    environment = os.environ | ({"SACREBLEU": str(pieces.parent.parent)} if pieces else {})
    return subprocess.run(
        [*command, *options, "--score-only", "--width", "13"],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    ).stdout.strip()


@pytest.mark.parametrize("references", [1, 2])
@pytest.mark.parametrize(
    ("metric", "ours", "theirs"),
    [
        ("bleu", ["--tokenize", "zh"], ["-m", "bleu", "--tokenize", "zh"]),
        ("bleu", [], ["-m", "bleu"]),
        ("chrf", [], ["-m", "chrf"]),
        ("chrf2pp", [], ["-m", "chrf", "--chrf-word-order", "2"]),
        ("ter", [], ["-m", "ter"]),
        ("ter", ["--tokenize", "zh"], ["-m", "ter", "--ter-asian-support", "--ter-normalized"]),
    ],
)
def test_the_score_is_the_sacrebleu_commands(tmp_path, references, metric, ours, theirs):
    found = score(write_predictions(tmp_path / "p.jsonl", references), metric, *ours)
    assert f"{found['score']:.13f}" == sacrebleu_command(tmp_path, PAIRS, references, *theirs)
    assert 5 < found["score"] < 95
    assert f"nrefs:{references}|" in found["signature"]
    assert "version:" in found["signature"]


def test_spbleu_is_the_sacrebleu_commands(tmp_path, pieces):
    options = ["--sentencepiece", str(pieces), "--pieces", "flores101"]
    found = score(write_predictions(tmp_path / "p.jsonl", 2), "spbleu", *options)
    theirs = sacrebleu_command(
        tmp_path, PAIRS, 2, "-m", "bleu", "--tokenize", "flores101", pieces=pieces
    )
    assert f"{found['score']:.13f}" == theirs
    assert "|tok:flores101|" in found["signature"]


@needs_mirror
@pytest.mark.parametrize(
    ("metric", "count", "theirs"),
    [
        ("bleu", 1012, ["-m", "bleu", "--tokenize", "zh"]),
        ("chrf", 1012, ["-m", "chrf"]),
        ("chrf2pp", 1012, ["-m", "chrf", "--chrf-word-order", "2"]),
        # Seconds a sentence: TER tries every shift.
        ("ter", 12, ["-m", "ter", "--ter-asian-support", "--ter-normalized"]),
        ("spbleu", 1012, ["-m", "bleu", "--tokenize", "flores101"]),
    ],
)
def test_scores_of_real_sentences_are_the_commands(tmp_path, pieces, metric, count, theirs):
    """Flores-101 devtest in Chinese, each sentence with a part of it moved or lost."""
    lines = MIRROR_FILE.read_text(encoding="utf-8").splitlines()[:count]
    pairs = [(damage(line, number), line) for number, line in enumerate(lines)]
    records = [
        {"id": str(number), "task": "translation", "prediction": one, "references": [other]}
        for number, (one, other) in enumerate(pairs)
    ]
    options = ["--tokenize", "zh", "--sentencepiece", str(pieces), "--pieces", "flores101"]
    found = scoring.score(records, metric, *options, folder=tmp_path)
    assert found["n"] == count
    command = sacrebleu_command(tmp_path, pairs, 1, *theirs, pieces=pieces)
    assert f"{found['score']:.13f}" == command


def damage(line, number):
    """Return a sentence with its middle third moved to the end, or lost."""
    third = len(line) // 3
    middle = line[third : 2 * third] if number % 2 else ""
    return line[:third] + line[2 * third :] + middle


@pytest.mark.parametrize("metric", ["bleu", "chrf", "chrf2pp", "ter"])
def test_records_may_have_different_numbers_of_references(tmp_path, metric):
    records = [
        {"id": "a", "task": "translation", "prediction": "a quiet sea at night", "references": r}
        for r in (["the sea at night"], ["a sea", "one quiet sea at night"])
    ]
    records[1]["id"] = "b"
    found = scoring.score(records, metric, folder=tmp_path)
    streams = [["the sea at night", "a sea"], [None, "one quiet sea at night"]]
    theirs = {"bleu": BLEU(), "chrf": CHRF(), "chrf2pp": CHRF(word_order=2), "ter": TER()}[metric]
    assert found["score"] == theirs.corpus_score(["a quiet sea at night"] * 2, streams).score
    assert "|nrefs:var|" in found["signature"]


def test_the_interval_is_as_much_wider_than_sacrebleus_own_as_few_sentences_ask_for(tmp_path):
    """sacrebleu's is the percentiles'; ours is as far out as Student's t, and moved by BCa."""
    found = score(write_predictions(tmp_path / "p.jsonl", 1), "chrf")
    theirs = CHRF().corpus_score(
        [" ".join(pair[0].split("\n")) for pair in PAIRS], [[p[1] for p in PAIRS]], n_bootstrap=1000
    )
    low, high = found["interval"]
    assert low < found["score"] < high
    n = len(PAIRS)
    wider = (n / (n - 1)) ** 0.5 * t.ppf(0.975, n - 1) / 1.96
    assert (high - low) / 2 == pytest.approx(wider * theirs._ci, rel=0.15)


def test_a_records_score_is_its_sentence_score(tmp_path):
    found = score(write_predictions(tmp_path / "p.jsonl", 1), "chrf")
    theirs = [CHRF().corpus_score([" ".join(p[0].split("\n"))], [[p[1]]]).score for p in PAIRS]
    assert scoring.record_scores(found) == theirs


def test_a_thousand_resamples_of_a_thousand_sentences_take_less_than_a_second(tmp_path):
    settings = Settings(tokenize="zh")
    records = [
        {"prediction": pair[0], "references": [pair[1]]} for pair in PAIRS * (1000 // len(PAIRS))
    ]
    counts = translation_metrics.statistics("bleu", records, settings)
    score = scorer("bleu")
    began = time.process_time()
    interval(counts, score, 1000, 1)
    assert time.process_time() - began < 1


def test_score_files_are_the_same_bytes_and_name_their_predictions(tmp_path):
    predictions = write_predictions(tmp_path / "p.jsonl")
    found = score(predictions, "bleu", "--seed", "7")
    first = [path.read_bytes() for path in sorted(tmp_path.iterdir())]
    assert score(predictions, "bleu", "--seed", "7") == found
    assert [path.read_bytes() for path in sorted(tmp_path.iterdir())] == first
    assert found["predictions"] == {"path": str(predictions), "sha256": sha256(predictions)}
    assert found["n"] == len(PAIRS)
    assert score(predictions, "bleu", "--seed", "8")["interval"] != found["interval"]


@pytest.mark.parametrize(
    ("metric", "options", "message"),
    [
        ("bleu", ["--tokenize", "13b"], "no tokenizer '13b'; did you mean '13a'"),
        ("bleu", ["--tokenize", "flores101"], "no tokenizer 'flores101'"),
        ("spbleu", [], "spbleu needs the model whose pieces it counts"),
        ("spbleu", ["--sentencepiece", "none.model"], "none.model: no such file"),
        ("spbleu", ["--sentencepiece", __file__], "not a SentencePiece model"),
        ("blue", [], "no metric 'blue'; did you mean 'bleu'"),
    ],
)
def test_bad_settings_get_one_line(tmp_path, metric, options, message):
    predictions = write_predictions(tmp_path / "p.jsonl")
    with pytest.raises(InputError, match=message):
        score(predictions, metric, *options)
    assert [path.name for path in tmp_path.iterdir()] == ["p.jsonl"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"task": "text"}, r"p\.jsonl:1: task 'text', expected 'translation'"),
        ({"prediction": None}, r"p\.jsonl:1: prediction is None, expected a text"),
        ({"references": []}, r"p\.jsonl:1: no references"),
        ({"id": "same"}, "id 'same' is duplicated"),
    ],
)
def test_bad_predictions_get_one_line(tmp_path, change, message):
    predictions = write_predictions(tmp_path / "p.jsonl", **change)
    with pytest.raises(InputError, match=message):
        score(predictions, "bleu")


def test_torch_is_not_imported():
    code = (
        "import sys, scripts.score.score_predictions, scripts.score.compare_scores,"
        " scripts.score.metrics.translation; print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.strip() == "False"


def score(predictions, metric, *options):
    return scoring.score(predictions, metric, *options)
