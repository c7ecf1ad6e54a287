"""Serve a study's models by OpenAI's API, through `transformers serve` or `vllm serve`.

In: models of a study that are built. Out: /v1/models, /v1/chat/completions and /v1/completions on
this machine, each model asked in its own format and number type, loaded when it is first asked.
docs/chat.md says what of OpenAI's API there is. Ctrl-C ends it.

    python -m scripts.serve.serve_api --port 8000
"""

import argparse
import json
import os
import shlex
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path

from scripts.common.command import make_parser, positive, run
from scripts.common.errors import InputError
from scripts.common.escapes import clean_line
from scripts.common.files import ROOT, write_json
from scripts.common.orphans import die_with_parent
from scripts.infer.chat.find import RESULTS, built_models, find_model
from scripts.serve.addresses import PASSWORD, find_password, listen
from scripts.serve.api_folder import Laid, lay_out
from scripts.serve.api_vllm import find_program, write_command, write_environment

ENGINES = ("transformers", "vllm")
NEEDED = ("fastapi", "uvicorn")
PATIENCE = 3  # seconds that a server may take to end


def main(arguments: argparse.Namespace) -> None:
    """Check what is asked, lay the models out, and serve them until Ctrl-C."""
    password = find_password(arguments.host)
    listen(arguments.host, arguments.port, arguments.port).close()
    program = find_program() if arguments.engine == "vllm" else check_packages()
    names = list_models(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with tempfile.TemporaryDirectory(prefix="lingraft-api-") as place:
        laid, dtype = lay_out_all(names, arguments, Path(place, "hub"))
        if arguments.engine == "vllm":
            command = write_command(program, laid, arguments.host, arguments.port, dtype)
            variables = write_environment(password)
        else:
            command = [*program_words(), write_facts(arguments, laid, dtype, Path(place))]
            variables = {"HF_HUB_CACHE": f"{place}/hub", "HF_HUB_OFFLINE": "1", "TQDM_DISABLE": "1"}
        Path(place, "empty").mkdir()
        serve(command, variables, Path(place, "empty"), arguments, [one.name for one in laid])


def check_packages() -> Path:
    """Return Python's own path; `InputError` where it lacks what `transformers serve` needs."""
    if lacking := [name for name in NEEDED if find_spec(name) is None]:
        raise InputError(f"{', '.join(lacking)}: not installed; run `make api`, which does it")
    return Path(sys.executable)


def list_models(arguments: argparse.Namespace) -> list[str]:
    """Return the models to serve: those that are named, or all that are built."""
    names: list[str] = arguments.model or built_models(arguments.results)
    if not names:
        raise InputError(f"{arguments.results}/models: no model is built; run `make` first")
    return names


def lay_out_all(
    names: list[str], arguments: argparse.Namespace, cache: Path
) -> tuple[list[Laid], str]:
    """Lay models out; return them and the number type that all have.

    One that cannot be served is left out with a line, where it was not named.

    Raises:
        InputError: if one is not there or damaged, two have one name, or number types differ.
    """
    laid: list[Laid] = []
    kinds: set[str] = set()
    for name in names:
        try:
            found = find_model(name, arguments.format, arguments.dtype, arguments.results)
            if found.name in {one.name for one in laid}:
                raise InputError(f"--model: two models are called {found.name}")
            laid.append(lay_out(found, cache))
            kinds.add(found.dtype)
        except InputError as error:
            if arguments.model or len(names) == 1:
                raise
            print(f"left out: {error}", file=sys.stderr)
    if len(kinds) > 1:
        raise InputError(f"number types differ: {', '.join(sorted(kinds))}; give --dtype")
    if not laid:
        raise InputError(f"{arguments.results}/models: no model can be served")
    return laid, kinds.pop()


def program_words() -> list[str]:
    """Return the words that start `transformers serve` behind our checks."""
    return [sys.executable, "-m", "scripts.serve.api_transformers"]


def write_facts(arguments: argparse.Namespace, laid: list[Laid], dtype: str, folder: Path) -> str:
    """Write what that server is to know; return the file's path."""
    path = folder / "models.json"
    options = {name: getattr(arguments, name) for name in ("host", "port", "unload_after")}
    write_json(path, {"models": [asdict(one) for one in laid], "dtype": dtype} | options)
    return str(path)


def serve(
    command: Sequence[str],
    variables: dict[str, str],
    folder: Path,
    arguments: argparse.Namespace,
    names: list[str],
) -> None:
    """Run a server in an empty folder until Ctrl-C; `InputError` if it ends by itself."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **variables}
    # In a session of its own Ctrl-C reaches this process alone, which ends the other: one that
    # outlived it would hold the port and the memory.
    process = subprocess.Popen(
        command, env=environment, cwd=folder, preexec_fn=die_with_parent, start_new_session=True
    )
    try:
        wait_for(address(arguments), process)
        print(describe(address(arguments), names, bool(os.environ.get(PASSWORD))), flush=True)
        process.wait()
        raise InputError(f"the server ended with status {process.returncode}; its lines are above")
    except KeyboardInterrupt:
        print(file=sys.stderr)
    finally:
        end(process)


def address(arguments: argparse.Namespace) -> str:
    """Return where the server is, as this machine calls it."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(arguments.host, arguments.host)
    return f"http://{f'[{host}]' if ':' in host else host}:{arguments.port}"


def wait_for(url: str, process: "subprocess.Popen[bytes]") -> None:
    """Return once the server answers; `InputError` if it ends before."""
    while process.poll() is None:
        try:
            urllib.request.urlopen(f"{url}/health", timeout=5).close()
            return
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            time.sleep(0.1)
    raise InputError(f"the server did not start (status {process.returncode}); its lines are above")


def end(process: "subprocess.Popen[bytes]") -> None:
    """End a server, at once if it does not end by itself."""
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(PATIENCE)
    except (subprocess.TimeoutExpired, KeyboardInterrupt):
        process.kill()
        process.wait()


def describe(url: str, names: list[str], guarded: bool) -> str:
    """Return what a user needs to ask the server."""
    key = f' -H "Authorization: Bearer ${PASSWORD}"' if guarded else ""
    message = {"role": "user", "content": "Hello!"}
    # A model is called by its folder, which may be anybody's.
    body = shlex.quote(json.dumps({"model": names[0], "messages": [message]}))
    return (
        f"models: {', '.join(map(clean_line, names))}\n"
        f"address: {url}/v1 (Ctrl-C ends it)\n"
        f"try: curl {url}/v1/chat/completions{key} -H 'Content-Type: application/json' -d {body}"
    )


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    options = make_parser("serve.serve_api", __doc__)
    options.add_argument(
        "--model", nargs="+", metavar="NAME", help="models of the study, or folders (all built)"
    )
    options.add_argument("--results", type=Path, default=RESULTS, help="of the study (results)")
    options.add_argument("--engine", choices=ENGINES, default=ENGINES[0], help="(transformers)")
    options.add_argument("--format", help="prompt format of all models (each one's own)")
    options.add_argument("--dtype", help="number type (the study's): auto, float32, bfloat16 …")
    options.add_argument(
        "--host", default="127.0.0.1", help=f"address (127.0.0.1); another needs {PASSWORD}"
    )
    options.add_argument("--port", type=positive, default=8000, help="(8000)")
    options.add_argument(
        "--unload-after", type=positive, default=300, help="seconds unasked (300); not of vllm"
    )
    return options


if __name__ == "__main__":
    run(main, parser())
