"""Let lm-evaluation-harness put one of its tasks to a model, and keep what it says of each answer.

In: a model folder, and the questions that scripts.data.build_harness_benchmark listed. Out: the
questions, in their order, with `prediction` (the number of the likeliest choice, or a text),
`scores` of choices in nats, `values` (what each metric of the task says of the answer) and
`harness` (versions, examples, filter), and a ``.meta.json`` beside them. It runs offline, from the
hub's cache. Killed and started again, it asks what was not answered.

Example::

    python -m scripts.infer.answer_with_harness --model results/models/x-llama-zh \\
        --benchmark results/benchmarks/lm-eval-arc_challenge_en.jsonl \\
        --harness-task arc_challenge --shots 25 \\
        --output results/predictions/x-llama-zh/lm-eval-arc_challenge_en.jsonl
"""

import argparse
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from scripts.common.command import run
from scripts.common.errors import InputError
from scripts.common.files import read_records, remove, sha256, write_jsonl
from scripts.common.kept import keep, restore
from scripts.common.provenance import Stopwatch, write_meta
from scripts.common.sampling import take_sample
from scripts.data.harness_samples import Samples, answer_records
from scripts.data.run_harness import OFFLINE, run_harness
from scripts.infer.inference import Inference, common_options, read_inference
from scripts.infer.load import pick_dtype
from scripts.infer.resume import fingerprint_inputs

Record = dict[str, Any]


def parser() -> argparse.ArgumentParser:
    """Return the command line of this script."""
    options = common_options("infer.answer_with_harness", __doc__)
    options.add_argument("--harness-task", required=True, help="a task or group of the harness")
    options.add_argument("--tasks", type=Path, help="folder of task files of one's own")
    options.add_argument("--shots", type=int, help="examples; unset: the task's own number")
    options.add_argument("--filter", help="of the answers; unset: the first")
    options.add_argument("--chat-template", action="store_true", help="the tokenizer's own")
    return options


def main(arguments: argparse.Namespace) -> None:
    """Let the harness ask the model; see the module's docstring."""
    watch, inference = Stopwatch(), read_inference(arguments)
    mark = find_mark(inference, arguments.tasks)
    if restore(inference.outputs, mark):
        return
    questions = read_records(inference.benchmark, "a benchmark")
    questions = take_sample(questions, inference.limit, inference.seed)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    dtype = str(pick_dtype(inference.dtype, device)).removeprefix("torch.")
    # The harness's own cache of requests, under a name that holds for no other model or setting.
    cache = inference.output.with_name(f".{inference.output.stem}.{mark[:16]}")
    options = [*harness_options(arguments, dtype, device), "--use_cache", str(cache)]
    asked = numbers_of(questions) if inference.limit else None
    samples = run_harness(arguments.harness_task, options, arguments.tasks, OFFLINE, asked)
    records = join_answers(questions, samples, arguments.filter)
    write_jsonl(inference.output, records)
    settings = {**inference.options, "dtype": dtype, "device": device}
    settings["tasks"] = str(arguments.tasks) if arguments.tasks else None
    settings["harness"] = samples.results["config"] | {"configs": samples.results["configs"]}
    known = [inference.model / name for name in ("config.json", "stage.json")]
    inputs = [inference.benchmark, *(path for path in known if path.exists())]
    write_meta(inference.output, settings, inputs, watch.seconds, device)
    keep(inference.outputs, mark)
    for path in cache.parent.glob(f"{cache.name}*.db"):
        remove(path)


def find_mark(inference: Inference, tasks: Path | None) -> str:
    """Return the fingerprint of all that the answers depend on: one's own task files, too."""
    files = [path for path in sorted(tasks.rglob("*")) if path.is_file()] if tasks else []
    found = {str(path): sha256(path) for path in files if "__pycache__" not in path.parts}
    settings = {**inference.options, "tasks": found, "lm_eval": version("lm_eval")}
    return fingerprint_inputs(inference.model, inference.benchmark, settings)


def harness_options(arguments: argparse.Namespace, dtype: str, device: str) -> list[str]:
    """Return the options of ``lm_eval run`` that say which model is asked, and how."""
    options = ["--model", "hf", "--model_args", f"pretrained={arguments.model},dtype={dtype}"]
    options += ["--device", device, "--batch_size", str(arguments.batch_size)]
    options += ["--seed", str(arguments.seed)]
    options += [] if arguments.shots is None else ["--num_fewshot", str(arguments.shots)]
    return [*options, *(["--apply_chat_template"] if arguments.chat_template else [])]


def numbers_of(questions: list[Record]) -> dict[str, list[int]]:
    """Return the numbers of questions in their tasks."""
    found: dict[str, list[int]] = {}
    for question in questions:
        found.setdefault(question["of"], []).append(question["number"])
    return found


def join_answers(questions: list[Record], samples: Samples, wanted: str | None) -> list[Record]:
    """Return each question with its answer.

    Raises:
        InputError: where one has no answer, or the task's data is not that of the questions.
    """
    answers = answer_records(samples, wanted)
    records = []
    for question in questions:
        answer = answers.get((question["of"], question["number"]))
        if answer is None or answer["digest"] != question["digest"]:
            reason = "no answer" if answer is None else "another question there now"
            raise InputError(f"{question['of']}, {question['number']}: {reason}; list them again")
        records.append({**question, **answer})
    return records


if __name__ == "__main__":
    run(main, parser())
