"""Talk to a model in the terminal, in the format that it was trained in.

In: questions, from the keyboard or a pipe. Out: answers, token by token, on standard output; all
else is on standard error. From a pipe each line is a question, or a command as /system; with
``--once`` all of it is one question. /help lists the commands.

It ends with 0; with 1 where a question of a pipe or a model could not be taken, and one line says
why; with 2 for a mistake in the command line; with 141 where nobody reads the answers any more.

Example::

    python -m scripts.infer.chat --model x-smollm2-zh --compare base
    echo "Translate from English to Chinese. Save" | python -m scripts.infer.chat --once
"""

import argparse
import os
import signal
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from scripts.common.command import make_parser, positive, run
from scripts.common.errors import InputError
from scripts.common.escapes import replace_halves
from scripts.common.options import add_options
from scripts.infer.chat.choices import add_choices, read_choices
from scripts.infer.chat.streams import end_unread, read_whole, set_streams
from scripts.study.infer import Infer

if TYPE_CHECKING:
    from scripts.infer.chat.session import Session


def parser() -> argparse.ArgumentParser:
    """Return the command line of this script."""
    options = make_parser("infer.chat", __doc__)
    options.add_argument(
        "--model", type=replace_halves, help="a model's name or folder (the study's main model)"
    )
    options.add_argument(
        "--compare", type=replace_halves, metavar="NAME", help="a second model, asked the same"
    )
    options.add_argument(
        "--results", type=Path, default=Path("results"), help="of the study (results)"
    )
    options.add_argument(
        "--format", type=replace_halves,
        help="a prompt format of prompts/formats.yaml, or chat: the tokenizer's own; the second "
        "model keeps its own (the model's)",
    )  # fmt: skip
    add_options(options, Infer, ("dtype",))
    options.set_defaults(dtype=None)
    add_choices(options)
    options.add_argument(
        "--system", type=replace_halves, default="", help="a system message, before the first turn"
    )
    options.add_argument(
        "--input", type=replace_halves, default="",
        help="the input of each question, in formats that have one (it is asked for at a terminal)",
    )  # fmt: skip
    options.add_argument("--once", action="store_true", help="one question, then end")
    options.add_argument("--json", action="store_true", help="a line of JSON for each answer")
    options.add_argument("--threads", type=positive, help="of a CPU (as many as there are)")
    return options


def main(arguments: argparse.Namespace) -> None:
    """Check what is asked for, load the models, and talk; see the module's docstring."""
    set_streams()
    choices, typed = read_choices(arguments), sys.stdin.isatty()
    question = read_whole() if arguments.once and not typed else ""
    if arguments.threads:
        os.environ["OMP_NUM_THREADS"] = str(arguments.threads)
    # What is imported from here on takes a second, and torch, with the first model, more.
    from scripts.infer.chat.session import Session, find_partner, load_partner

    found = [find_partner(arguments.model, arguments.format, arguments.dtype, arguments.results)]
    if arguments.compare:
        found.append(find_partner(arguments.compare, None, arguments.dtype, arguments.results))
        if found[0].folder.resolve() == found[1].folder.resolve():
            raise InputError(f"--compare {arguments.compare}: expected another model than --model")
    partners = [load_partner(one) for one in found]
    session = Session(partners, choices, arguments.results, arguments.dtype)
    session.change(lambda talk: replace(talk, system=arguments.system))
    if not talk(session, arguments, question if not typed else None):
        sys.exit(1)


def talk(session: "Session", arguments: argparse.Namespace, question: str | None) -> bool:
    """Take questions from where they come; tell whether all could be answered.

    Args:
        question: what came through a pipe, empty where it is read by lines; None: they are typed.
    """
    as_json, given = arguments.json, arguments.input
    if question is None:
        from scripts.infer.chat.person import converse

        converse(session, as_json, arguments.once, given)
        return True
    from scripts.infer.chat.pipe import answer_lines
    from scripts.infer.chat.views import choose_view

    if not arguments.once:
        return answer_lines(session, as_json, given)
    session.ask(question, given, choose_view(len(session.partners), as_json, alone=True))
    return True


if __name__ == "__main__":
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        # Until it talks, Ctrl-C ends it at once; an import of torch would keep Python from that.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        run(main, parser())
    except BrokenPipeError:
        end_unread()
