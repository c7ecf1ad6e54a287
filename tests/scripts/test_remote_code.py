"""No code that lies in a model's folder is ever run: every call that could run it says so."""

import ast
from pathlib import Path

from scripts.common.files import ROOT

CALLS = ("from_pretrained", "from_config")
AUTO = ("AutoConfig", "AutoModelForCausalLM", "AutoTokenizer")


def silent_calls(path: Path) -> list[str]:
    """Return the calls of transformers' Auto classes that do not forbid code of the folder."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            said = {keyword.arg: keyword.value for keyword in node.keywords}
            value = said.get("trust_remote_code")
            forbidden = isinstance(value, ast.Constant) and value.value is False
            owner = node.func.value
            auto = isinstance(owner, ast.Name) and owner.id in AUTO
            if auto and node.func.attr in CALLS and not forbidden:
                found.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    return found


def test_every_call_says_that_no_code_is_trusted():
    files = sorted((ROOT / "scripts").rglob("*.py"))
    assert [place for file in files for place in silent_calls(file)] == []
