"""Score texts by a neural metric: COMET, BLEURT or BERTScore, whichever the registry says.

In: predictions and the files of published weights. Out: a score file. Runs in the environment of
the metric's library; the options are those of the library's own script.

Example::

    .cache/environments/comet-…/bin/python -m scripts.score.score_neural --metric comet --help
"""

import argparse
import sys
from importlib import import_module
from types import ModuleType

from scripts.common.command import run
from scripts.study.metrics import get_metric, load_metrics


def neural_metrics() -> list[str]:
    """Return the metrics that are computed by a neural network in an environment of its own."""
    return [name for name, metric in load_metrics().items() if metric.checkpoint]


def module_of(metric: str) -> ModuleType:
    """Return the module that computes a neural metric; it has a parser and a main function."""
    (name,) = set(get_metric(metric).tasks.values())
    return import_module(f"scripts.score.{name}")


def find_metric(words: list[str]) -> str:
    """Return the metric that a command line names; `SystemExit` where it names none of ours."""
    options = argparse.ArgumentParser(prog="score.score_neural", add_help=False)
    options.add_argument("--metric", choices=neural_metrics(), required=True)
    return str(options.parse_known_args(words)[0].metric)


if __name__ == "__main__":
    module = module_of(find_metric(sys.argv[1:]))
    run(module.main, module.parser())
