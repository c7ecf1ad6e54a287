"""Every script's --help says what goes in, what comes out, and shows an example."""

from importlib import import_module

import pytest

from scripts.common.files import ROOT

SCRIPTS = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__main__")
    for path in (ROOT / "scripts").rglob("*.py")
    if '\nif __name__ == "__main__":' in path.read_text(encoding="utf-8")
)


@pytest.mark.parametrize("name", SCRIPTS)
def test_help_says_what_goes_in_and_what_comes_out(name):
    found = import_module(name)
    if hasattr(found, "__path__"):  # a package that is run
        found = import_module(f"{name}.__main__")
    words = found.parser().format_help()
    for part in ("\nIn: ", "Out: ", f"python -m {name}", "options:"):
        assert part in words, words
