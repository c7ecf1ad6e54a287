"""A web page to talk to the study's models, compare them and rate their answers.

In: the models of results/models that are built, and results/chat.json. Out: a page at the address
that is printed; ratings, a JSON line each, in results/preferences.jsonl, from which
`snakemake results/tables/preferences.md` makes a table. Ctrl-C ends it.

Nobody else can reach it: it listens on this machine alone. Another --host needs a password in
$LINGRAFT_PASSWORD, which the browser asks for with any user's name.

    python -m scripts.serve.serve_page
    python -m scripts.serve.serve_page --port 8000 --models-in-memory 1
    LINGRAFT_PASSWORD=… python -m scripts.serve.serve_page --host 0.0.0.0
"""

import argparse
import os
import signal
import sys
from pathlib import Path
from threading import Event, Thread
from types import ModuleType
from typing import TYPE_CHECKING

from scripts.common.command import make_parser, positive, run
from scripts.common.errors import InputError
from scripts.common.limits import PAGE_CONNECTIONS
from scripts.infer.chat.find import RESULTS, built_models
from scripts.serve.addresses import find_password, listen, tell_address
from scripts.serve.page_limits import Limits
from scripts.study.chat_file import read_chat_file

if TYPE_CHECKING:
    from uvicorn import Server

    from scripts.serve.page_place import Place

PORT = 7860
# Nobody is told of anything, by no library.
SILENT = {
    "GRADIO_ANALYTICS_ENABLED": "False", "HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1", "OTEL_SDK_DISABLED": "true",
}  # fmt: skip


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    options = make_parser("serve.serve_page", __doc__)
    add, limits = options.add_argument, Limits()
    add("--host", default="127.0.0.1", help="address to listen at (this machine alone)")
    add("--port", type=positive, help=f"to listen at ({PORT}, or the next one that is free)")
    add("--results", type=Path, default=RESULTS, help="of the study")
    add("--ratings", type=Path, help="file that ratings are added to (preferences.jsonl there)")
    add("--models-in-memory", type=positive, default=2, help="the least recently used leaves (2)")
    add("--seconds", type=positive, default=int(limits.seconds), help="of an answer at most (120)")
    add("--max-tokens", type=positive, default=limits.tokens, help="of an answer (1024)")
    add("--max-characters", type=positive, default=limits.characters, help="of a text (20000)")
    add("--waiting", type=positive, default=limits.waiting, help="requests in the queue (16)")
    return options


def main(arguments: argparse.Namespace) -> None:
    """Serve the page until Ctrl-C."""
    password = find_password(arguments.host)
    names = built_models(arguments.results)
    if not names:
        raise InputError(f"{arguments.results}/models: no model is built; run `make` first")
    with listen(arguments.host, arguments.port, PORT) as found:
        stopped = Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stopped.set())
        port = found.getsockname()[1]
        server = make_server(make_place(arguments), arguments.host, port, password)
        thread = Thread(target=server.run, kwargs={"sockets": [found]}, daemon=True)
        thread.start()
        while not server.started and thread.is_alive() and not stopped.wait(0.05):
            pass
        study = read_chat_file(arguments.results / "chat.json")
        print(tell_address(found, names, study), flush=True)
        while thread.is_alive() and not stopped.wait(0.5):
            pass
    print("\nstopped", flush=True)
    # At once, whatever is being answered: a rating is on disk before it is confirmed.
    os._exit(0 if stopped.is_set() else 1)


def make_place(arguments: argparse.Namespace) -> "Place":
    """Return what the page's handlers share."""
    from scripts.serve.page_place import Place
    from scripts.serve.page_sessions import Sessions
    from scripts.serve.speakers import Speakers

    limits = Limits(
        characters=arguments.max_characters, tokens=arguments.max_tokens,
        seconds=arguments.seconds, waiting=arguments.waiting,
    )  # fmt: skip
    return Place(
        Speakers(arguments.results, arguments.models_in_memory),
        Sessions(limits.sessions),
        limits,
        arguments.ratings or arguments.results / "preferences.jsonl",
    )


def make_server(place: "Place", host: str, port: int, password: str | None) -> "Server":
    """Return a server of the page.

    Raises:
        InputError: if the page's packages are not installed.
    """
    os.environ.update(SILENT)
    # A module of Python's own until 3.13; the page's library asks for it, and only sound needs it.
    if sys.version_info >= (3, 13):
        sys.modules.setdefault("audioop", ModuleType("audioop"))
    try:
        import uvicorn

        from scripts.serve.page_layout import build_page, make_app
    except ModuleNotFoundError as error:
        raise InputError(f"{error.name} is not installed; `make page` installs it") from None
    from scripts.serve.page_guard import Guard

    app = Guard(make_app(build_page(place), host, port), host, password, place.limits.body)
    config = uvicorn.Config(
        app,
        log_level="error",
        access_log=False,
        limit_concurrency=PAGE_CONNECTIONS,
        server_header=False,
    )
    return uvicorn.Server(config)


if __name__ == "__main__":
    run(main, parser())
