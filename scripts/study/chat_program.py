"""Run a tokenizer's chat template, and print the prompt format that it writes.

In: the folder of a model or tokenizer. Out: the format as JSON, on standard output.

What the template writes before, between and behind the texts of a few conversations is the format,
which then has to write all samples as the template does. One that changes texts, or writes
something else in a turn by what stands around it, cannot be written so, and is refused.

The template runs in Jinja's sandbox, as `transformers` has it; `chat_format` bounds its time.

Example::

    python -m scripts.study.chat_program results/models/base
"""

import argparse
import json
import resource
import sys
from pathlib import Path
from typing import Any

from jinja2.exceptions import TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from scripts.common import limits
from scripts.common.command import make_parser
from scripts.common.errors import InputError
from scripts.common.escapes import error_line
from scripts.common.files import read_json
from scripts.study.chat_format import name_token
from scripts.study.prompts import PromptFormat

# Texts that no template has.
ASKED, TOLD, MORE, SYSTEM = (f"\ue000{name}\ue001" for name in ("one", "two", "three", "four"))
SAMPLES = (
    "Two words",
    "  spaces around \n\n",
    "{query} and <b>“braces”</b> {{ 1 }}",
    "把这句话翻译成英文。",
)


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    options = make_parser("study.chat_program", __doc__)
    options.add_argument("folder", type=Path, help="of a model or tokenizer")
    return options


def main(folder: Path) -> None:
    """Print the format of the chat template in a model's or tokenizer's folder.

    Raises:
        InputError: if there is none, or it cannot be written as a format.
    """
    config = read_json(folder / "tokenizer_config.json", "a tokenizer's settings", {})
    template = find_template(folder, config)
    names = {key: name_token(config.get(key)) for key in ("bos_token", "eos_token")}
    begin = beginning(folder, names["bos_token"])
    resource.setrlimit(resource.RLIMIT_AS, (limits.TEMPLATE_BYTES, limits.TEMPLATE_BYTES))
    chat = Chat(template, names, folder)
    form = chat.read(begin)
    chat.check(form)
    print(json.dumps(vars(form)))


def find_template(folder: Path, config: dict[str, Any]) -> str:
    """Return the template: of a file of its own, or of the tokenizer's settings."""
    path = folder / "chat_template.jinja"
    if path.is_file():
        return path.read_text(encoding="utf-8")
    found = config.get("chat_template")
    if isinstance(found, list):  # several by name
        found = {one.get("name"): one.get("template") for one in found}.get("default")
    if not isinstance(found, str):
        raise InputError(f"{folder}: found no chat template, which the format chat is")
    return found


def beginning(folder: Path, bos: str) -> str:
    """Return what the tokenizer itself puts in front of a text: its first token, or nothing."""
    spec = read_json(folder / "tokenizer.json", "a tokenizer", {})
    return bos if bos and json.dumps(bos) in json.dumps(spec.get("post_processor") or {}) else ""


class Chat:
    """A chat template, and what it is called with."""

    def __init__(self, template: str, names: dict[str, str], folder: Path) -> None:
        environment = ImmutableSandboxedEnvironment(
            trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"]
        )
        environment.globals["raise_exception"] = raise_template_error
        environment.filters["tojson"] = lambda value, **_: json.dumps(value, ensure_ascii=False)
        self.names, self.folder = names, folder
        try:
            self.template = environment.from_string(template)
        except TemplateError as error:
            raise self.refuse(f"it is no template ({error})") from None

    def refuse(self, problem: str) -> InputError:
        """Return the error for a template that cannot be a format."""
        line = " ".join(problem.split())
        return InputError(f"{self.folder}: its chat template cannot be written as a format: {line}")

    def write(self, *texts: str, opened: bool = True, system: str | None = None) -> str:
        """Return a conversation of user and assistant in turns as the template writes it."""
        roles = ("user", "assistant")
        messages = [{"role": roles[n % 2], "content": text} for n, text in enumerate(texts)]
        first = [] if system is None else [{"role": "system", "content": system}]
        try:
            return self.template.render(
                messages=[*first, *messages], add_generation_prompt=opened, tools=None, **self.names
            )
        except Exception as error:  # whatever a program from outside does
            raise self.refuse(str(error) or type(error).__name__) from None

    def split(self, text: str, *parts: str) -> list[str]:
        """Return what stands before, between and behind parts, each of which stands there once."""
        found = []
        for part in parts:
            if text.count(part) != 1:
                raise self.refuse("it leaves a text out, changes it, or writes it twice")
            before, text = text.split(part)
            found.append(before)
        return [*found, text]

    def read(self, begin: str) -> PromptFormat:
        """Return the format that fits the template; the tokenizer itself writes `begin`."""
        before, behind = self.split(self.write(ASKED), ASKED)
        closed = self.split(self.write(ASKED, opened=False), ASKED)[-1]
        ending = self.split(self.write(ASKED, TOLD, opened=False), ASKED, TOLD)[-1]
        _, _, turn, _ = self.split(self.write(ASKED, TOLD, MORE), ASKED, TOLD, MORE)
        if not turn.startswith(ending) or not before.endswith(turn.removeprefix(ending)):
            raise self.refuse("a later question is not written as the first one")
        end = ending.rstrip("\n")
        if not end.strip():
            raise self.refuse("nothing ends an answer")
        if not before.startswith(begin):
            raise self.refuse(f"it does not begin with {begin}, which the tokenizer writes")
        asked = turn.removeprefix(ending)
        eos = self.names["eos_token"]
        return PromptFormat(
            prompt=f"{asked}{{query}}{behind}",
            end="{eos}" if end == eos else end,
            opening=(behind.removeprefix(closed) if behind.startswith(closed) else "") or behind,
            between=ending.removeprefix(end),
            system=self.read_system(begin, asked),
            begin=before.removesuffix(asked).removeprefix(begin),
        )

    def read_system(self, begin: str, asked: str) -> str | None:
        """Return how a system message is written; None where the template has none."""
        try:
            before, between, _ = self.split(self.write(ASKED, system=SYSTEM), SYSTEM, ASKED)
        except InputError:
            return None
        if not between.endswith(asked) or not before.startswith(begin):
            return None
        return f"{before.removeprefix(begin)}{{system}}{between.removesuffix(asked)}"

    def check(self, form: PromptFormat) -> None:
        """Raise `InputError` unless the format writes samples as the template does."""
        bos, eos = self.names["bos_token"], self.names["eos_token"]
        for text in SAMPLES:
            record = {"instruction": text, "input": ""}
            asked = [form.render(record, first) for first in (True, False)]
            turns = f"{asked[0]}{text}{form.end.replace('{eos}', eos)}{form.between}{asked[1]}"
            for texts, expected in (((text,), asked[0]), ((text, text, text), turns)):
                if self.write(*texts) not in (expected, f"{bos}{expected}"):
                    raise self.refuse(f"it changes a text, or what is around it: {text!r}")


def raise_template_error(message: str) -> None:
    """Raise the error that a template asks for."""
    raise TemplateError(message)


if __name__ == "__main__":
    try:
        main(parser().parse_args().folder)
    except InputError as error:
        sys.exit(error_line(error))
