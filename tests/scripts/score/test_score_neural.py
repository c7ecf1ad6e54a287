"""The metric says which library scores; another metric is refused before anything is loaded."""

from types import ModuleType

import pytest

from scripts.common.command import parse_each
from scripts.common.errors import InputError
from scripts.common.files import write_jsonl
from scripts.score import score_neural
from scripts.score.neural.published_weights import PublishedWeights
from scripts.score.score_neural import main, module_of, neural_metrics, parser

WORDS = "--predictions p --model m --benchmark b --output o --records r --checkpoint c --file w=w"


def test_each_neural_metric_has_a_module_that_loads_its_weights():
    assert {"comet", "bleurt", "bertscore"} <= set(neural_metrics())
    for metric in neural_metrics():
        module = module_of(metric)
        assert module.PACKAGE and callable(module.load) and module.NEEDS_SOURCE in (True, False)
        assert isinstance(module.settings(PublishedWeights("w", {}, layer=9)), dict)
    assert "--file" in parser().format_help()


def test_another_metric_is_refused():
    with pytest.raises(InputError, match=r"^--metric: no neural metric 'bleu'; "):
        main([parser().parse_args([*WORDS.split(), "--metric", "bleu"])])


def test_no_metric_is_refused(capsys):
    with pytest.raises(SystemExit):
        parser().parse_args(WORDS.split())
    assert "--metric" in capsys.readouterr().err


def test_bertscore_needs_a_layer():
    with pytest.raises(InputError, match="--layer: missing"):
        main([parser().parse_args([*WORDS.split(), "--metric", "bertscore"])])


@pytest.fixture
def scored(monkeypatch) -> list[str]:
    """What a library that scores a translation by its length was asked, and that it was loaded."""
    found = []

    def load(folder, weights):
        found.append("loaded")

        def score(triples):
            found.append(triples[0][1])
            return [float(len(prediction)) for _, prediction, _ in triples]

        return score

    module = ModuleType("library")
    vars(module).update(PACKAGE="numpy", NEEDS_SOURCE=False, settings=lambda _: {}, load=load)
    monkeypatch.setattr(score_neural, "module_of", lambda metric: module)
    return found


def write_predictions(folder, name, count=3):
    """Write translations that begin with the benchmark's name."""
    common = {"task": "translation", "input": "", "references": ["x"]}
    records = [{"id": str(n), **common, "prediction": name + "x" * n} for n in range(count)]
    write_jsonl(folder / f"{name}.jsonl", records)


def score_all(folder, *names):
    """Score benchmarks in one process; return the bytes of scores and records."""
    weights = folder / "weights.bin"
    if not weights.exists():
        weights.write_bytes(b"weights")
    words = ["--metric", "bertscore", "--model", "m", "--samples", "20"]
    words += ["--checkpoint", "c", "--file", f"w={weights}"]
    for name in names:
        words += ["--each", "--benchmark", name, "--predictions", str(folder / f"{name}.jsonl")]
        words += ["--output", str(folder / f"{name}.bertscore")]
        words += ["--records", str(folder / f"{name}.records.jsonl")]
    main(parse_each(parser(), words))
    files = [folder / f"{name}{end}" for name in names for end in (".bertscore", ".records.jsonl")]
    contents = [file.read_bytes() for file in files]
    for file in files:
        file.unlink()  # as Snakemake does before a job runs again
    return contents


def test_the_weights_are_loaded_once_and_nothing_is_scored_twice(tmp_path, scored):
    for name in ("one", "two", "three"):
        write_predictions(tmp_path, name)
    before = score_all(tmp_path, "one", "two")
    assert scored == ["loaded", "one", "two"]
    scored.clear()
    assert score_all(tmp_path, "one", "two") == before and scored == []
    after = score_all(tmp_path, "one", "three", "two")
    assert scored == ["loaded", "three"] and [*after[:2], *after[4:]] == before
    scored.clear()
    write_predictions(tmp_path, "two", count=4)
    changed = score_all(tmp_path, "one", "two")
    assert scored == ["loaded", "two"] and changed[:2] == before[:2] and changed[2:] != before[2:]


def test_other_weights_score_again(tmp_path, scored):
    write_predictions(tmp_path, "one")
    before = score_all(tmp_path, "one")
    scored.clear()
    score_neural.digest.cache_clear()  # a process reads the weights once
    (tmp_path / "weights.bin").write_bytes(b"WEIGHTS")
    score_all(tmp_path, "one")
    assert scored == ["loaded", "one"] and before
