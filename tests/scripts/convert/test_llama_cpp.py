"""llama.cpp's server: a process that ends with the block, whatever closing it does."""

import time
from pathlib import Path

import psutil
import pytest

from scripts.common.errors import InputError
from scripts.convert.llama_cpp import serve

# Closing this one waits for ever, as the real one did once.
STUCK = """
import threading
import types

ggml_type = types.SimpleNamespace(GGML_TYPE_F32=0)
llama_flash_attn_type = types.SimpleNamespace(LLAMA_FLASH_ATTN_TYPE_DISABLED=0)


class CommonParams:
    def __init__(self):
        self.model = types.SimpleNamespace()
        self.cpuparams, self.cpuparams_batch = types.SimpleNamespace(), types.SimpleNamespace()


class Server:
    def __init__(self, settings):
        self.listening_address = f"http://{settings.hostnames[0]}:1/{settings.model.path}"

    def __del__(self):
        threading.Event().wait()
"""


def test_a_server_that_does_not_close_keeps_nobody_waiting(tmp_path, monkeypatch):
    (tmp_path / "xllamacpp.py").write_text(STUCK)
    monkeypatch.syspath_prepend(str(tmp_path))
    began = time.monotonic()
    with serve(Path("a.gguf")) as model:
        children = psutil.Process().children()
        spawned = [child for child in children if "spawn_main" in str(child.cmdline())]
        assert model.address == "http://127.0.0.1:1/a.gguf"
    assert time.monotonic() - began < 60
    assert len(spawned) == 1 and not spawned[0].is_running()


def test_a_server_that_never_serves_is_one_line(tmp_path, monkeypatch):
    (tmp_path / "xllamacpp.py").write_text("raise SystemExit(3)\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(InputError, match=r"^a.gguf: llama.cpp ended before it served the file$"):
        serve(Path("a.gguf")).__enter__()
