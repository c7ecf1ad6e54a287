"""Reading YAML, of which neither nesting nor aliases can make more than a file of its size holds.

An alias of a list of aliases of lists multiplies: a few lines become more nodes than any memory
holds, and whatever walks over them does not end. Both are counted before anything is built.
"""

import re
from pathlib import Path
from typing import Any

import yaml

from scripts.common import limits
from scripts.common.errors import InputError
from scripts.common.texts import decode_text

OCTAL = re.compile(r"[-+]?0[0-9_]")


class RefusedError(yaml.MarkedYAMLError):
    """What YAML allows and no study needs."""


# The parser in C, where PyYAML was built with it, reads the registry ten times as fast.
class BoundedLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """YAML whose aliases add no more than they may."""

    def get_single_node(self) -> yaml.Node | None:
        """Return the document's node, once its aliases are counted."""
        node: yaml.Node | None = super().get_single_node()
        if node is not None:
            check_aliases(node)
        return node


class UniqueKeyLoader(BoundedLoader):
    """YAML whose mappings name no key twice; plain YAML would silently keep the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> Any:
        seen = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                problem = "a key is no plain text"
                raise RefusedError(problem=problem, problem_mark=key.start_mark)
            if key.value in seen:
                problem = f"the key {key.value!r} is duplicated"
                raise RefusedError(problem=problem, problem_mark=key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def refuse_bases(loader: BoundedLoader, node: yaml.ScalarNode) -> Any:
    """Construct a number, but none to a base that a person hardly means.

    YAML 1.1 takes a time of day, 2:00, for 120, and 010 for 8.
    """
    kind = node.tag.rpartition(":")[2]
    base = 60 if ":" in node.value else 8 if kind == "int" and OCTAL.match(node.value) else None
    if base:
        way = "in quotes, or without ':'" if base == 60 else "without the 0 before it"
        problem = f"{node.value} is a number to base {base} in YAML; write it {way}"
        raise RefusedError(problem=problem, problem_mark=node.start_mark)
    return getattr(loader, f"construct_yaml_{kind}")(node)


for kind in ("int", "float"):
    BoundedLoader.add_constructor(f"tag:yaml.org,2002:{kind}", refuse_bases)


def read_yaml(path: Path) -> Any:
    """Read a YAML file; a syntax error or a repeated key becomes one line with its place.

    Raises:
        InputError: for these, and beyond the limits of size, nesting and aliases
            (`scripts.common.limits`).
    """
    try:
        with path.open("rb") as stream:
            content = stream.read(limits.YAML_BYTES + 1)
        if len(content) > limits.YAML_BYTES:
            raise InputError(
                f"{path}: more than {limits.YAML_BYTES:,} bytes, expected YAML of fewer"
            )
        return parse_yaml(decode_text(content, str(path), "YAML in UTF-8"))
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else "?"
        refused = isinstance(error, RefusedError)
        found = error.problem if refused else f"not valid YAML: {error.problem or ''}"
        raise InputError(f"{path}:{line}: {found}") from None
    except yaml.reader.ReaderError as error:
        found = chr(error.character) if isinstance(error.character, int) else error.character
        raise InputError(
            f"{path}: not valid YAML: found the character {found!r}: {error.reason}"
        ) from None
    except (yaml.YAMLError, ValueError) as error:  # ValueError: a date such as 2026-13-45
        raise InputError(f"{path}: not valid YAML: {error}") from None


def parse_yaml(text: str, loader: type[BoundedLoader] = UniqueKeyLoader) -> Any:
    """Parse YAML; `yaml.YAMLError` where it is none, or beyond a limit."""
    check_nesting(text)
    return yaml.load(text, loader)


def check_nesting(text: str) -> None:
    """Raise `RefusedError` at the first mapping or list that is nested too deeply.

    The parser in C calls itself for each, and ends the process where its stack does.
    """
    depth = 0
    for event in yaml.parse(text, BoundedLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > limits.YAML_DEPTH:
            raise RefusedError(
                problem=f"more than {limits.YAML_DEPTH} mappings and lists inside each other",
                problem_mark=event.start_mark,  # type: ignore[arg-type]
            )


def check_aliases(root: yaml.Node) -> None:
    """Raise `RefusedError` where aliases repeat too much, or the whole that they are in."""
    sizes: dict[int, int | None] = {}
    size = measure_node(root, sizes)
    if size - len(sizes) > limits.YAML_REPEATED:
        raise RefusedError(
            problem=f"aliases (&, *) repeat {size - len(sizes):,} entries, "
            f"expected at most {limits.YAML_REPEATED:,}",
            problem_mark=root.start_mark,
        )


def measure_node(node: yaml.Node, sizes: dict[int, int | None]) -> int:
    """Return how many nodes one is, those that aliases stand for each time they do.

    Args:
        sizes: of the nodes that were measured, by `id`; None of one that is being measured.
    """
    known = sizes.get(id(node), 0)
    if known is None:
        raise RefusedError(
            problem="a mapping or list contains itself by an alias (&, *)",
            problem_mark=node.start_mark,
        )
    if known:
        return known
    sizes[id(node)] = None
    inside = [] if isinstance(node, yaml.ScalarNode) else node.value
    if isinstance(node, yaml.MappingNode):
        inside = [part for pair in node.value for part in pair]
    size = sizes[id(node)] = 1 + sum(measure_node(part, sizes) for part in inside)
    return size
