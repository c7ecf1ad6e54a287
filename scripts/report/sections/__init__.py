"""The report's sections, one module and one template of its name each, found by listing.

A module has `PLACE`, by which the page is ordered, `TITLE`, its name in the navigation, and
``show(page)``, which returns the values that its template prints, by name, or None where the study
has nothing for it. Of a value that is a mapping with ``figures``, these are drawn in the elements
whose ids are their keys. The template is ``templates/sections/<name>.html.j2`` and its outer
element has the id ``<name>``.
"""

from importlib import import_module
from pathlib import Path
from types import ModuleType

NAMES = [path.stem for path in Path(__file__).parent.glob("[a-z]*.py")]
MODULES: dict[str, ModuleType] = {name: import_module(f"{__name__}.{name}") for name in NAMES}
SECTIONS = dict(sorted(MODULES.items(), key=lambda item: item[1].PLACE))
