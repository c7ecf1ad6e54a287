"""Train one stage of a model on packed rows; resume automatically where an earlier run stopped.

In: the parent's folder, a folder of packed rows, the recipe, and how it is run (`--run` names
results/run.json; an option on the command line wins over it). Out: a Hugging Face folder with
`model.safetensors`, the tokenizer, `stage.json` and the training logs. Checkpoints go to
`--checkpoints` and are found there again. Exit status 75 means: stopped by SIGTERM or SIGUSR1 after
a checkpoint, run me again; in a Slurm job, near its time limit and after SIGUSR1, the job is given
back to the queue instead. Several processes are started by `scripts.train.launch` or torchrun.

    python -m scripts.train.train_model --model instruct-en --parent results/models/base \\
        --packed results/packed/instruct-en --batch 4 --learning-rate 2e-4 --schedule cosine \\
        --warmup 0.05 --floor 0 --weight-decay 0 --betas 0.9 0.95 --clip 1 --precision fp32 \\
        --seed 1 --micro-batch 2 --threads 2 --checkpoints results/checkpoints/instruct-en \\
        --checkpoint-seconds 300 --output results/models/instruct-en
"""

import argparse
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

from scripts.cluster.allocation import give_back
from scripts.common.command import is_first, json_mapping, make_parser, positive, run
from scripts.common.files import exclusive
from scripts.common.folders import check_replaceable
from scripts.common.options import add_options, from_arguments
from scripts.common.provenance import Stopwatch, write_meta
from scripts.common.settings import names_of, to_mapping
from scripts.study.recipe import Optimization
from scripts.study.run import Run
from scripts.study.run_file import read_run_file
from scripts.train.devices import check_devices, check_gpus
from scripts.train.job import Job, describe_stage, fit_micro_batch
from scripts.train.signals import Stopped, die_with_launcher

# torch takes seconds to load: it is imported once the devices are those that were promised.

# Keys of the run that are for the scheduler, or (checkpoint_minutes) an option in seconds.
NO_OPTION = {"infer_threads", "device_memory", "checkpoint_minutes"}
RUN_OPTIONS = tuple(name for name in names_of(Run) if name not in NO_OPTION)


def main(arguments: argparse.Namespace) -> None:
    """Train unless an earlier run had finished, then publish the model."""
    watch = Stopwatch()
    die_with_launcher()
    job = check(arguments)
    check_devices(job.run.devices, job.run.nodes, job.run.device)
    from scripts.train.stage import train_stage

    # A job that outlived its killed workflow may still be training: wait, then take what it made.
    lock = job.checkpoints.with_suffix(".lock")
    try:
        with exclusive(lock) if is_first() else nullcontext():
            job, device = train_stage(job)
    except Stopped as stopped:
        if not stopped.ended:
            give_back(is_first())
        raise
    if is_first():
        inputs = [*job.parent.glob("*.safetensors"), job.packed / "manifest.json"]
        settings = job.stage | {"run": to_mapping(job.run, unset=True)}
        write_meta(job.output, settings, inputs, watch.seconds, device)


def check(arguments: argparse.Namespace) -> Job:
    """Return what the options ask for, once they are checked.

    The launcher calls it before it starts processes.

    Raises:
        InputError: if a folder lacks what it must hold, this node a GPU, or the batch cannot be
            shared evenly.
    """
    check_replaceable(arguments.output)  # before days of training, not after them
    recipe = from_arguments(Optimization, arguments)
    settings, held_out, stages = read_run(arguments)
    check_gpus(settings.devices, settings.device)  # on every node, before torch is loaded
    return Job(
        model=arguments.model,
        parent=arguments.parent,
        packed=arguments.packed,
        checkpoints=arguments.checkpoints,
        output=arguments.output,
        seed=arguments.seed,
        recipe=recipe,
        run=fit_micro_batch(settings, recipe.batch),
        stage=describe_stage(
            arguments.model, arguments.parent, arguments.packed, recipe, arguments.seed
        ),
        held_out=held_out,
        stages=stages,
        attempt=arguments.attempt,
        checks=arguments.checks,
    )


def read_run(
    arguments: argparse.Namespace,
) -> tuple[Run, tuple[Path, ...], Mapping[str, int | None]]:
    """Return the run, held-out texts and stages: the options', then the run file's, then defaults.

    Raises:
        InputError: if the run file is missing or not of its form.
    """
    file = read_run_file(arguments.run) if arguments.run else None
    chosen = {name: getattr(arguments, name) for name in RUN_OPTIONS}
    given = {name: value for name, value in chosen.items() if value is not None}
    if arguments.checkpoint_seconds is not None:
        given["checkpoint_minutes"] = arguments.checkpoint_seconds / 60
    given = {name: tuple(v) if isinstance(v, list) else v for name, v in given.items()}
    held_out, stages = arguments.held_out, arguments.stages
    if held_out is None:
        held_out = map(Path, file.held_out if file else ())
    if stages is None:
        stages = file.beside(arguments.model) if file else {}
    return replace(file.run if file else Run(), **given), tuple(held_out), stages


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    options = make_parser("train.train_model", __doc__)
    options.add_argument("--model", required=True, help="its name, for logs and stage.json")
    options.add_argument("--parent", type=Path, required=True)
    options.add_argument("--packed", type=Path, required=True)
    options.add_argument("--checkpoints", type=Path, required=True)
    options.add_argument("--output", type=Path, required=True)
    options.add_argument("--checks", type=Path, help="what check_base wrote, if it has run")
    options.add_argument("--attempt", type=positive, default=1, help="> 1: retry of a failed one")
    recipe = options.add_argument_group("recipe (what changes the weights)")
    add_options(recipe, Optimization)
    recipe.add_argument("--seed", type=int, required=True)
    add_run(options.add_argument_group("run (what changes no weights)"))
    return options


def add_run(options: argparse._ArgumentGroup) -> None:
    """Add the options of the run; one that is not given is None."""
    options.add_argument("--run", type=Path, help="results/run.json, for options not given here")
    add_options(options, Run, RUN_OPTIONS)
    options.set_defaults(**dict.fromkeys(RUN_OPTIONS))
    options.add_argument("--checkpoint-seconds", type=float, help="between checkpoints")
    options.add_argument("--held-out", type=Path, nargs="*", help="text benchmarks")
    options.add_argument("--stages", type=json_mapping, help="tokens of every stage, as JSON")


if __name__ == "__main__":
    run(main, parser())
