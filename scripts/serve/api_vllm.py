"""The command line of `vllm serve`, in vLLM's own environment (envs/vllm.in)."""

import json
from pathlib import Path

from scripts.common.errors import InputError
from scripts.common.processor import count_gpus, has_bf16
from scripts.environments.locks import READY, environment_folder
from scripts.serve.api_folder import Laid

# vLLM draws unless it is told otherwise; `generation_config.json` tells where an answer ends.
GREEDY = json.dumps({"temperature": 0})
INSTEAD = "leave out `--engine vllm`"


def find_program() -> Path:
    """Return the program `vllm`.

    Raises:
        InputError: if its environment does not exist, or there is no GPU.
    """
    folder = environment_folder("vllm")
    if not (folder / READY).is_file():
        raise InputError(
            "--engine vllm: not installed; "
            "`.venv/bin/python -m scripts.environments.create_environment --name vllm` does it"
        )
    if not count_gpus():
        raise InputError(f"--engine vllm: found no GPU; {INSTEAD}")
    return folder / "bin" / "vllm"


def write_command(program: Path, laid: list[Laid], host: str, port: int, dtype: str) -> list[str]:
    """Return the words that start vLLM with a model.

    Raises:
        InputError: if there are several models, or vLLM cannot end this one's answers.
    """
    if len(laid) != 1:
        raise InputError(f"--engine vllm: serves one model, found {len(laid)}; name one --model")
    (one,) = laid
    if one.closing:
        raise InputError(
            f"--engine vllm: {one.name}'s answers end with several tokens, which it cannot be told;"
            f" {INSTEAD}"
        )
    return [
        str(program), "serve", one.folder,
        "--served-model-name", one.name,
        "--host", host,
        "--port", str(port),
        "--dtype", name_dtype(dtype),
        "--chat-template", f"{one.folder}/chat_template.jinja",
        "--chat-template-content-format", "string",
        "--override-generation-config", GREEDY,
    ]  # fmt: skip


def name_dtype(dtype: str) -> str:
    """Return a number type; the study's ``auto`` is not vLLM's, which is that of the weights."""
    if dtype != "auto":
        return dtype
    return "bfloat16" if has_bf16("cuda") else "float32"


def write_environment(password: str | None) -> dict[str, str]:
    """Return the variables that vLLM gets: a password is in no list of processes."""
    found = {"HF_HUB_OFFLINE": "1", "VLLM_NO_USAGE_STATS": "1", "DO_NOT_TRACK": "1"}
    return found | ({"VLLM_API_KEY": password} if password else {})
