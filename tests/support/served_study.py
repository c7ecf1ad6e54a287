"""A study's results with models of several formats, all with the weights of one."""

from pathlib import Path

from scripts.common.files import read_json, write_json
from scripts.study.chat_file import ChatFile, write_chat_file
from scripts.study.prompts import load_prompts

# A format whose answers end with several tokens.
OWN = '{"prompt": "Q: {query}\\nA:", "end": "\\n\\nQ", "opening": "A:"}'
FORMATS = {**{name: name for name in load_prompts("formats")}, "own": OWN}


def write_results(model: Path, results: Path, window: int = 512) -> Path:
    """Write a results folder with a model of each format; their files are links to `model`'s.

    Args:
        window: how many tokens each may have; a judge is asked longer questions than 512.
    """
    config = read_json(model / "config.json") | {"max_position_embeddings": window}
    for name in FORMATS:
        folder = results / "models" / name
        folder.mkdir(parents=True)
        for file in model.iterdir():
            (folder / file.name).symlink_to(file)
        (folder / "config.json").unlink()
        write_json(folder / "config.json", config)
        write_json(folder / "stage.json", {"model": name})
    write_chat_file(
        ChatFile("served", "chatml", "float32", ("en",), FORMATS), results / "chat.json"
    )
    return results
