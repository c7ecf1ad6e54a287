"""Print what this Python's `transformers` makes of a release, as JSON: ids, prompts, logits.

The tests run it in environments of several versions and compare.

    python -m tests.support.read_release results/release/billa-zh texts.json
"""

import json
import sys
from pathlib import Path

import torch
import transformers
from transformers import AutoModelForCausalLM, AutoTokenizer, GenerationConfig


def read(folder: Path, texts: list[str]) -> dict[str, object]:
    """Return the version, ids of texts and of conversations, logits, and what ends an answer."""
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    model = AutoModelForCausalLM.from_pretrained(folder, local_files_only=True, dtype=torch.float32)
    chats = [
        [
            {"role": "user", "content": text},
            {"role": "assistant", "content": "Yes."},
            {"role": "user", "content": text[::-1]},
        ]
        for text in texts[:100]
    ]
    prompts = [
        tokenizer.apply_chat_template(
            chat, add_generation_prompt=True, return_dict=True, tokenize=True
        )["input_ids"]
        for chat in chats
    ]
    ids = tokenizer(texts)["input_ids"]
    with torch.inference_mode():
        logits = [model(torch.tensor([row])).logits[0, -1].tolist() for row in prompts[:3]]
    generation = GenerationConfig.from_pretrained(folder)
    return {
        "version": transformers.__version__,
        "ids": ids,
        "decoded": [tokenizer.decode(row, skip_special_tokens=True) for row in ids],
        "prompts": prompts,
        "logits": logits,
        "ends": [generation.bos_token_id, generation.eos_token_id, generation.pad_token_id],
        "dtype": str(AutoModelForCausalLM.from_pretrained(folder, dtype="auto").dtype),
    }


if __name__ == "__main__":
    json.dump(read(Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text())), sys.stdout)
