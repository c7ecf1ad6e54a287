"""Print what llama.cpp makes of a GGUF file, as JSON: ids of texts, prompts, answers to prompts.

The tests run it in the environment of GGUF files.

    python -m tests.support.read_gguf model.gguf asked.json
"""

import json
import sys
from pathlib import Path

from scripts.convert.llama_cpp import serve


def main(file: Path, asked: dict) -> dict[str, object]:
    """Answer `texts`, `prompts` (ids), `most` tokens each, and `chats` (messages)."""
    with serve(file) as model:
        return {
            "ids": [model.encode(text, special=True) for text in asked["texts"]],
            "answers": [model.answer(ids, asked["most"]) for ids in asked["prompts"]],
            "chats": [
                model.ask("apply-template", messages=chat)["prompt"] for chat in asked["chats"]
            ],
        }


if __name__ == "__main__":
    found = main(Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text()))
    Path(sys.argv[3]).write_text(json.dumps(found))
