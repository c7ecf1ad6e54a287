"""x-LLM's wordings, read from the Python files that hold them; nothing in them is run.

``eval/mieval.eval.py`` compares two answers in FairEval's form (Wang et al. 2023): the reasons
first, a line with each score at the end. ``eval/xquad.eval.py`` asks whether an answer on a text
is correct, YES or NO. Temperature and length are those of their calls of the judge.
"""

import ast
from pathlib import Path

from scripts.common.errors import InputError, read_by
from scripts.common.texts import decode_text
from scripts.score.judging.wordings import Wording, Wordings

NAME = "x-llm"
TOKENS = 16  # of a YES or NO, where the script sets no bound
PLACES = ("{context}", "{answer}")  # of ``{}`` and ``{}``


def script_wordings(path: Path) -> Wordings:
    """Return the wording of ``mieval.eval.py``; `InputError` where it is another file."""
    tree = read_tree(path)
    texts = [find_text(tree, name, path) for name in ("prompt_template", "default_prompt")]
    # Its question is the instruction and, even where there is none, an input on the next line.
    prompt = texts[0].replace("{prompt}", texts[1]).replace("{question}", "{instruction}\n{input}")
    wording = Wording(
        name=NAME,
        system=find_text(tree, "sys_prompt", path),
        prompt=prompt,
        scores="last two lines",
        temperature=find_setting(tree, "temperature", 1),
        max_tokens=int(find_setting(tree, "max_tokens", 512)),
    )
    return Wordings(wording, {})


def script_question(path: Path) -> Wording:
    """Return the wording of ``xquad.eval.py``; `InputError` where it is another file."""
    tree = read_tree(path)
    prompt = find_text(tree, "template", path)
    for place in PLACES:
        prompt = prompt.replace("{}", place, 1)
    return Wording(
        name=NAME,
        system="",
        prompt=prompt,
        scores="yes or no",
        temperature=find_setting(tree, "temperature", 0),
        max_tokens=int(find_setting(tree, "max_tokens", TOKENS)),
    )


def read_tree(path: Path) -> ast.Module:
    """Return a Python file's syntax tree."""
    return read_by(lambda: ast.parse(decode_text(path.read_bytes(), str(path), "UTF-8")), path,
                   "Python")  # fmt: skip


def find_text(tree: ast.Module, name: str, path: Path) -> str:
    """Return the text that is assigned to a name anywhere in a file."""
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=[ast.Name(id=found)], value=ast.Constant(value=str(text))):
                if found == name:
                    return text
    raise InputError(f"{path}: found no text {name}, expected x-LLM's wording of a judge")


def find_setting(tree: ast.Module, name: str, default: float) -> float:
    """Return the number that is given by a name to any function in a file."""
    for node in ast.walk(tree):
        match node:
            case ast.keyword(arg=found, value=ast.Constant(value=int() | float() as value)):
                if found == name:
                    return value
    return default
