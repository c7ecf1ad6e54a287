"""List the questions of a task of lm-evaluation-harness as a benchmark, before a model is asked.

In: a task or group, and a folder of task files of one's own. Out: JSON lines, a question each: what
is asked, without examples, what is right, and the texts of the published record, which no training
record may have. The harness words them for a model that answers at random. It is run in its
environment, and its data comes from the hub's cache, or into it.

Example::

    python -m scripts.data.build_harness_benchmark --harness-task arc_challenge \\
        --metrics accuracy acc_norm --output results/benchmarks/lm-eval-arc_challenge_en.jsonl
"""

import argparse
from pathlib import Path
from typing import Any

from scripts.common.command import log, make_parser, run
from scripts.common.errors import InputError
from scripts.common.files import write_jsonl
from scripts.data.harness_samples import pick_filter, question_records
from scripts.data.run_harness import run_harness
from scripts.study.harness import value_of

# The harness's own model that answers at random.
NOBODY = ["--model", "dummy", "--num_fewshot", "0"]


def parser() -> argparse.ArgumentParser:
    """Return the command line of this script."""
    options = make_parser("data.build_harness_benchmark", __doc__)
    options.add_argument("--harness-task", required=True, help="a task or group of the harness")
    options.add_argument("--tasks", type=Path, help="folder of task files of one's own")
    options.add_argument("--metrics", nargs="+", default=[], help="that its answers must have")
    options.add_argument("--filter", help="of the answers; unset: the first")
    options.add_argument("--output", type=Path, required=True, help="JSON lines to write")
    return options


def main(arguments: argparse.Namespace) -> None:
    """Write the questions; see the module's docstring."""
    name = arguments.harness_task
    samples = run_harness(name, NOBODY, arguments.tasks)
    for task, lines in samples.tasks.items():
        picked = pick_filter(task, lines, arguments.filter)
        check_metrics(task, picked[0], arguments.metrics)
    records = question_records(samples)
    write_jsonl(arguments.output, records)
    log.info("lm-eval/%s: %d questions of %d tasks", name, len(records), len(samples.tasks))


def check_metrics(task: str, sample: dict[str, Any], metrics: list[str]) -> None:
    """Refuse a metric that the task has not, or not as a number of each answer."""
    numbers = [name for name in sample["metrics"] if isinstance(sample.get(name), int | float)]
    for metric in metrics:
        if value_of(metric) not in numbers:
            of_all = value_of(metric) in sample["metrics"]
            reason = "is no number of each answer" if of_all else "is none of its metrics"
            known = ", ".join(numbers) or "another task"
            raise InputError(f"lm-eval/{task}: {metric} {reason}; expected {known}")


if __name__ == "__main__":
    run(main, parser())
