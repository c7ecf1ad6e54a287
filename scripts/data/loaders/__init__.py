"""One module for each format of published data, by its name: ``load(request) -> records``."""

from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from scripts.data.request import Request

Load = Callable[[Request], Iterator[dict[str, Any]]]

NAMES = sorted(path.stem for path in Path(__file__).parent.glob("[a-z]*.py"))
LOADERS: dict[str, Load] = {name: import_module(f"{__name__}.{name}").load for name in NAMES}
