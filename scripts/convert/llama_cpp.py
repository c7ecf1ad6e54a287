"""llama.cpp's own server on loopback, asked for the ids of texts and for answers.

Runs in the environment of GGUF files.

    with serve(Path("results/release/billa-zh.gguf")) as model:
        model.encode("Human: Who?", special=True)
"""

import json
import os
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from scripts.common.errors import InputError


@dataclass(frozen=True)
class Served:
    """A GGUF file that is being served at an address."""

    address: str

    def ask(self, path: str, **values: Any) -> Any:
        """Return the answer to a request."""
        body = json.dumps(values).encode()
        request = urllib.request.Request(
            f"{self.address}/{path}", body, {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=300) as answer:
            return json.load(answer)

    def encode(self, text: str, special: bool = False, parse: bool = False) -> list[int]:
        """Return a text's ids; `special` adds what stands around it, `parse` reads markers."""
        asked = {"content": text, "add_special": special, "parse_special": parse}
        found: list[int] = self.ask("tokenize", **asked)["tokens"]
        return found

    def answer(self, ids: list[int], most: int) -> list[int]:
        """Return at most so many ids that continue a prompt, the likeliest each time."""
        asked = {"prompt": ids, "n_predict": most, "temperature": 0, "return_tokens": True}
        found: list[int] = self.ask("completion", **asked, cache_prompt=False)["tokens"]
        return found


@contextmanager
def serve(path: Path, window: int = 512) -> Iterator[Served]:
    """Load a GGUF file and serve it on loopback as long as the block runs.

    In a process of its own, which is killed: closing the server has been seen to wait for ever.
    """
    context = get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=hold, args=(path, window, there), daemon=True)
    process.start()
    there.close()
    try:
        yield Served(wait_for(here, path))
    finally:
        process.kill()
        process.join()


def wait_for(pipe: Connection, path: Path) -> str:
    """Return the address at which a file is served; `InputError` if llama.cpp ends before."""
    try:
        return str(pipe.recv())
    except EOFError:
        raise InputError(f"{path}: llama.cpp ended before it served the file") from None


def hold(path: Path, window: int, pipe: Connection) -> None:
    """Serve a file, say at which address, and wait to be killed."""
    import xllamacpp

    settings = xllamacpp.CommonParams()
    settings.model.path = str(path)
    settings.n_ctx, settings.n_parallel, settings.warmup = window, 1, False
    # As exact as the weights: it would compute attention, and keep keys and values, in float16.
    settings.cache_type_k = settings.cache_type_v = xllamacpp.ggml_type.GGML_TYPE_F32
    settings.flash_attn_type = xllamacpp.llama_flash_attn_type.LLAMA_FLASH_ATTN_TYPE_DISABLED
    settings.cpuparams.n_threads = settings.cpuparams_batch.n_threads = 1
    settings.hostnames, settings.port = ["127.0.0.1"], 0
    server = xllamacpp.Server(settings)
    pipe.send(server.listening_address)
    # Returns where the other end was closed without a kill, as by the end of its process.
    with suppress(EOFError):
        pipe.recv()
    os._exit(0)
