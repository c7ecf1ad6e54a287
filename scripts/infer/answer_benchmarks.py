"""Let a model answer benchmarks, each by the script of its task, with the model loaded once.

In: a model folder, and after each ``--each`` a benchmark with the options of
`scripts.infer.generate`, `scripts.infer.rank_choices` or `scripts.infer.measure_text`, whichever
answers its task. Out: what that script writes. A benchmark that was answered before is not asked
again: its predictions and their ``.meta.json`` are taken from hidden copies beside them
(``.<benchmark>.jsonl.kept``) as long as model, benchmark and options are the same. Where this is
so of all, neither torch nor the model is loaded. To ask again, delete the copies. With
``--run``, `infer_devices` of that file is the number of processes that share each benchmark.

Example::

    python -m scripts.infer.answer_benchmarks --model results/models/x-llama-zh \\
        --each --benchmark results/benchmarks/flores_en-zh.jsonl --format chatml \\
        --output results/predictions/x-llama-zh/flores_en-zh.jsonl \\
        --each --benchmark results/benchmarks/text_zh.jsonl --window 512 \\
        --output results/predictions/x-llama-zh/text_zh.jsonl
"""

import argparse
import gc
from contextlib import ExitStack
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from scripts.common.command import log, positive, run_each
from scripts.common.errors import InputError, nearest
from scripts.common.files import read_records
from scripts.common.kept import restore
from scripts.common.processor import count_gpus
from scripts.infer.inference import common_options, read_inference
from scripts.infer.team import Answers, Team
from scripts.study.answer import Answer, answered_by
from scripts.study.run_file import read_run_file
from scripts.study.tasks import TASKS


def parser() -> argparse.ArgumentParser:
    """Return the command line of this script: the options of those that it calls."""
    options = common_options("infer.answer_benchmarks", __doc__)
    options.add_argument("--format", help="a prompt format of prompts/formats.yaml")
    options.add_argument(
        "--max-new-tokens", type=positive, default=48, help="tokens an answer may have (48)"
    )
    options.add_argument(
        "--window", type=positive, default=512, help="tokens the model sees of a text at once (512)"
    )
    options.add_argument("--run", type=Path, help="results/run.json, which has infer_devices")
    return options


def main(several: list[argparse.Namespace]) -> None:
    """Answer each benchmark; see the module's docstring."""
    answer: Answers | None = None
    # vLLM takes what memory a GPU has left, so it comes last.
    several = sorted(several, key=is_by_vllm)
    with ExitStack() as held:
        for number, arguments in enumerate(several, 1):
            log.info("%s: benchmark %d of %d", arguments.benchmark, number, len(several))
            script = script_of(arguments.benchmark, arguments.answer)
            if script != "measure_text" and not arguments.format:
                raise InputError(f"--format: found none, which {arguments.benchmark} is asked in")
            inference = read_inference(arguments)
            if not restore(inference.outputs, inference.mark):
                answer = answer or prepare_team(arguments, held)
                answer(arguments)


def prepare_team(arguments: argparse.Namespace, held: ExitStack) -> Answers:
    """Return what answers benchmarks: this process, or several as ``--run`` says."""
    count = read_run_file(arguments.run).run.infer_devices if arguments.run else 1
    if count == 1:
        return prepare()
    team = Team(count, count_gpus(), prepare, arguments.log)
    held.callback(team.close)
    answer = prepare()
    return lambda arguments: answer(team.share(arguments))


def prepare() -> Answers:
    """Return what answers benchmarks with a model that is loaded once."""

    @cache
    def load(folder: Path, dtype: str) -> Any:
        """Load a model once."""
        return import_module("scripts.infer.load").load_model(folder, dtype)

    @cache
    def load_vllm(folder: Path, dtype: str) -> Any:
        """Load a model once, without the one that was loaded before."""
        load.cache_clear()
        free_memory()
        return import_module("scripts.infer.vllm_engine").load_vllm(folder, dtype)

    def answer(arguments: argparse.Namespace) -> None:
        """Answer a benchmark by the script of its task."""
        script = script_of(arguments.benchmark, arguments.answer)
        loader = load_vllm if is_by_vllm(arguments) else load
        import_module(f"scripts.infer.{script}").main(arguments, loader)

    return answer


def is_by_vllm(arguments: argparse.Namespace) -> bool:
    """Tell whether vLLM answers a benchmark: what is ranked or measured is transformers'."""
    if arguments.engine != "vllm":
        return False
    return script_of(arguments.benchmark, arguments.answer) == "generate"


def free_memory() -> None:
    """Give a GPU's memory back that no tensor needs any more."""
    gc.collect()
    import_module("torch").cuda.empty_cache()


def script_of(benchmark: Path, answer: Answer) -> str:
    """Return the script that answers a benchmark's task; `InputError` for an unknown one."""
    task = read_records(benchmark, "a benchmark")[0].get("task")
    if task not in TASKS:
        raise InputError(f"{benchmark}:1: no task {task!r}{nearest(str(task), TASKS)}")
    return answered_by(task, answer)


if __name__ == "__main__":
    run_each(main, parser())
