"""The metric says which library scores; another metric is refused before anything is loaded."""

import pytest

from scripts.common.errors import InputError
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
        main(parser().parse_args([*WORDS.split(), "--metric", "bleu"]))


def test_no_metric_is_refused(capsys):
    with pytest.raises(SystemExit):
        parser().parse_args(WORDS.split())
    assert "--metric" in capsys.readouterr().err


def test_bertscore_needs_a_layer():
    with pytest.raises(InputError, match="--layer: missing"):
        main(parser().parse_args([*WORDS.split(), "--metric", "bertscore"]))
