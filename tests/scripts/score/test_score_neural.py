"""The metric says which library scores; another metric is refused before anything is loaded."""

import pytest

from scripts.score.score_neural import find_metric, module_of, neural_metrics


def test_each_neural_metric_has_a_module_with_a_command_line():
    assert {"comet", "bleurt", "bertscore"} <= set(neural_metrics())
    for metric in neural_metrics():
        module = module_of(find_metric(["--predictions", "p", "--metric", metric, "--layer", "9"]))
        assert "--file" in module.parser().format_help() and callable(module.main)


@pytest.mark.parametrize("words", [["--metric", "bleu"], ["--predictions", "p"]])
def test_another_metric_is_refused(words, capsys):
    with pytest.raises(SystemExit):
        find_metric(words)
    assert "--metric" in capsys.readouterr().err
