"""What a model is asked and how: the options of every script of inference; torch is not needed."""

import argparse
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from scripts.common.command import make_parser, positive
from scripts.common.errors import InputError
from scripts.common.files import sha256
from scripts.common.options import add_options
from scripts.common.provenance import meta_path
from scripts.common.settings import from_mapping, schema_of, to_mapping
from scripts.infer.resume import fingerprint_inputs
from scripts.infer.share import WHOLE, Share
from scripts.study.answer import Answer
from scripts.study.infer import Infer
from scripts.study.prompts import get_format, task_wording
from scripts.study.validate import check_form

# Options that say where something is; what the model's and the benchmark's files hold counts.
PLACES = ("model", "benchmark", "output", "log", "checks", "run", "share")
# Options that older predictions do not know: they count only where they are given.
PLAIN, PLAIN_ENGINE = Answer(), "transformers"
FIRST = ("request", "cue")  # wordings of what is written before the answer
# What stands between examples, and which labels a record has: later than predictions with both.
ADDED = ("turns", "labels")
YOUNGER = ("answer", "exemplars", "language", "deterministic", "engine")


@dataclass(frozen=True)
class Inference:
    """What a model is asked, and how: at most `batch_size` rows at a time.

    `limit` asks a sample of so many records, drawn by `seed`; predictions go to `output`. `options`
    are all of the command line that decides predictions. `checks` is what `check_base` wrote.
    With `deterministic`, no answer depends on what else is asked.
    `exemplars` is a benchmark whose records are examples, `language` the English name of the
    records' own. `engine` is what generates. Of the batches this process answers its `share`.
    """

    model: Path
    benchmark: Path
    batch_size: int
    dtype: str
    limit: int | None
    seed: int
    output: Path
    options: Mapping[str, Any]
    checks: Path | None = None
    answer: Answer = PLAIN
    exemplars: Path | None = None
    language: str | None = None
    deterministic: bool = False
    engine: str = PLAIN_ENGINE
    share: Share = WHOLE

    @property
    def mark(self) -> str:
        """Return the fingerprint of all that predictions depend on, but for the device."""
        return fingerprint_inputs(self.model, self.benchmark, dict(self.options))

    @property
    def together(self) -> int:
        """Return how many rows a pass may share: one where no other may change it."""
        return 1 if self.deterministic else self.batch_size

    @property
    def outputs(self) -> list[Path]:
        """Return the files that are written."""
        return [self.output, meta_path(self.output)]

    def settings(self, model: Any, device: str) -> dict[str, Any]:
        """Return what predictions of every script depend on, the device included."""
        return {
            "batch_size": self.batch_size,
            "limit": self.limit,
            "seed": self.seed,
            "dtype": str(model.dtype).removeprefix("torch."),
            "device": device,
            **{
                name: self.options[name]
                for name in (*YOUNGER, *FIRST, *ADDED)
                if name in self.options
            },
        }


def common_options(name: str, docs: str | None) -> argparse.ArgumentParser:
    """Return a parser with the options of every inference script."""
    options = make_parser(name, docs)
    options.add_argument("--model", type=Path, required=True, help="model folder")
    options.add_argument("--benchmark", type=Path, required=True, help="benchmark, JSON lines")
    options.add_argument("--batch-size", type=positive, default=32, help="rows a batch (32)")
    add_options(options, Infer, ("dtype", "deterministic", "engine"))
    options.add_argument("--limit", type=positive, help="ask a sample of so many records only")
    options.add_argument("--seed", type=int, default=1, help="of the sample (1)")
    options.add_argument(
        "--answer", type=parse_answer, default=PLAIN, help="keys of benchmarks.NAME.answer, JSON"
    )
    options.add_argument("--exemplars", type=Path, help="benchmark whose records are the examples")
    options.add_argument("--language", help="the records' language in English, to translate from")
    options.add_argument("--checks", type=Path, help="what check_base wrote, if it has run")
    options.add_argument("--output", type=Path, required=True, help="predictions, JSON lines")
    return options


def parse_answer(text: str) -> Answer:
    """Return what the option ``--answer`` says."""
    try:
        written = json.loads(text)
        check_form(written, schema_of(Answer), "--answer")
    except (ValueError, InputError) as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return from_mapping(Answer, written)


def read_inference(arguments: argparse.Namespace) -> Inference:
    """Return what the options of `common_options` say.

    Raises:
        InputError: if the output is a folder, which would be found only once all is predicted.
    """
    if arguments.output.is_dir():
        raise InputError(f"{arguments.output}: found a folder, expected the path of a file")
    given = {"share": WHOLE, **vars(arguments)}
    names = {field.name for field in fields(Inference)} - {"options"}
    options = {name: value for name, value in given.items() if name not in PLACES + YOUNGER}
    options |= younger_options(arguments)
    if options.get("format"):
        form = get_format(options["format"], arguments.model)
        options |= {"format": [form.wording, form.end]}
        if arguments.answer.shots and form.opening:
            options["turns"] = [form.opening, form.between]
    return Inference(**{name: given[name] for name in names}, options=options)


def younger_options(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return those of the `YOUNGER` options that are given, files by their digest."""
    found: dict[str, Any] = {}
    changed = to_mapping(arguments.answer)
    if changed:
        found["answer"] = changed
    if arguments.exemplars:
        found["exemplars"] = sha256(arguments.exemplars)
    if arguments.deterministic:
        found["deterministic"] = True
    if arguments.engine != PLAIN_ENGINE:
        found["engine"] = arguments.engine
    if arguments.language:
        found["language"] = arguments.language
    if arguments.answer.labels:
        found["labels"] = "of the record's choices"
    return found | first_wordings(arguments)


def first_wordings(arguments: argparse.Namespace) -> dict[str, str]:
    """Return how a model is asked for what it writes before it answers: a translation, reasoning.

    Raises:
        InputError: if a record is to be translated out of a language that is not told.
    """
    answer, found = arguments.answer, {}
    # The answer's language is the last of the benchmark's name.
    language = arguments.benchmark.stem.rpartition("_")[2].rpartition("-")[2]
    if answer.translate_then_answer:
        if not arguments.language:
            raise InputError("--language: found none, expected what is translated into English")
        request = task_wording("translation", "en")
        found["request"] = request.format(source=arguments.language, target="English")
        language = "en"
    if answer.reasoning:
        found["cue"] = task_wording("reasoning_cue", language)
    return found
