"""The report's sections: each is a module of this folder and a template of the same name.

To add one, write ``sections/<name>.py`` and ``templates/sections/<name>.html.j2``. The name is the
section's id in the page; nothing else needs to know it. The module has

* ``TITLE``, the section's name in the page's navigation;
* ``ORDER``, a number: sections with smaller ones come first;
* ``build(inputs)``, which returns what the template shows, or None where the study has nothing for
  it. The charts in ``figures`` are drawn in the elements that have their keys as ids.

The template also gets `colours`, one colour per model; what it shows is escaped.
"""

from importlib import import_module
from pathlib import Path
from typing import Any, Protocol, cast

from scripts.report.inputs import Inputs

NAMES = [path.stem for path in Path(__file__).parent.glob("[a-z]*.py")]


class Section(Protocol):
    """What a module of a section has."""

    TITLE: str
    ORDER: int

    def build(self, inputs: Inputs) -> dict[str, Any] | None:
        """Return what the template shows, or None."""


def list_sections() -> dict[str, Section]:
    """Return the modules by name, in the order of the page."""
    found = {name: cast(Section, import_module(f"{__name__}.{name}")) for name in NAMES}
    return dict(sorted(found.items(), key=lambda named: (named[1].ORDER, named[0])))
