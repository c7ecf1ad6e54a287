"""Settings as frozen dataclasses: each key is one field, and everything else comes from it.

A key's default, its JSON Schema, its command-line option (`scripts.common.options`) and its line in
the documentation are derived from the field's annotation and what `key` says of it::

    @settings
    class Infer:
        batch: int = key("records decoded together", default=32, minimum=1)
        window: int = key("tokens of context", default=512, minimum=8)

    schema_of(Infer)                   # what a study's file may say
    from_mapping(Infer, {"batch": 8})  # what it says

Annotations may be bool, int, float, str, a Literal (choices), ``tuple[T, ...]`` (a list in YAML) or
another such dataclass (a mapping), each with ``| None`` where a key may be left unset.
"""

import dataclasses
import json
import operator
import types
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, Literal, TypeVar, Union, dataclass_transform, get_args, get_origin
from typing import get_type_hints as resolve_hints

T = TypeVar("T")
Schema = dict[str, Any]
TYPES: dict[type, str] = {bool: "boolean", int: "integer", float: "number", str: "string"}
# JSON Schema's limits of a number, each with its words and the test that a value fails.
LIMITS: dict[str, tuple[str, Callable[[float, float], bool]]] = {
    "minimum": ("at least", operator.lt),
    "exclusiveMinimum": ("more than", operator.le),
    "maximum": ("at most", operator.gt),
    "exclusiveMaximum": ("less than", operator.ge),
}


def key(
    help: str,
    *,
    default: Any = dataclasses.MISSING,
    group: str = "",
    added: bool = False,
    **limits: Any,
) -> Any:
    """Declare a key of a settings class.

    Args:
        help: what it is, with its unit, in a few words.
        default: its value where nothing is said; without one the key is required.
        group: a name by which `names_of` selects keys.
        added: the key is younger than results that are worth keeping. It is written only where it
            differs from its default, so that what was made before it existed keeps its
            fingerprint.
        limits: keywords of JSON Schema (minimum, pattern, minItems …), and `expected`, the words of
            an error message where the schema's own are not enough.
    """
    metadata = {"help": help, "group": group, "added": added, "limits": limits}
    return dataclasses.field(default=default, metadata=metadata)


def same_key(cls: type, name: str) -> Any:
    """Declare a key that another settings class has, with everything that is said there."""
    field = {field.name: field for field in dataclasses.fields(cls)}[name]
    return dataclasses.field(default=field.default, metadata=field.metadata)


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(key, same_key))
def settings(cls: type[T]) -> type[T]:
    """Make a class a frozen dataclass whose fields are given by name."""
    return dataclasses.dataclass(frozen=True, kw_only=True)(cls)


@dataclasses.dataclass(frozen=True)
class Key:
    """One key as its class declares it; `type` is the annotation without ``| None``."""

    name: str
    type: Any
    default: Any
    help: str
    group: str
    added: bool
    limits: Mapping[str, Any]

    @property
    def required(self) -> bool:
        """Tell whether the key must be given."""
        return self.default is dataclasses.MISSING

    @property
    def option(self) -> str:
        """Return the key as a command-line option."""
        return f"--{self.name.replace('_', '-')}"

    @property
    def nested(self) -> type | None:
        """Return the settings class that the key's value is of, if it is of one."""
        return self.type if dataclasses.is_dataclass(self.type) else None


def keys_of(cls: type) -> Iterator[Key]:
    """Yield the keys of a settings class in the order in which they are declared."""
    hints = resolve_hints(cls)
    for field in dataclasses.fields(cls):
        kind = without_none(hints[field.name])
        yield Key(field.name, kind, field.default, **field.metadata)


def without_none(hint: Any) -> Any:
    """Return an annotation without ``| None``."""
    if get_origin(hint) not in (Union, types.UnionType):
        return hint
    (kind,) = (part for part in get_args(hint) if part is not types.NoneType)
    return kind


def names_of(cls: type, group: str | None = None) -> tuple[str, ...]:
    """Return the names of a class's keys, or of those in one group."""
    return tuple(key.name for key in keys_of(cls) if group in (None, key.group))


def schema_of(cls: type) -> Schema:
    """Return the JSON Schema of a mapping with a class's keys."""
    keys = list(keys_of(cls))
    schema: Schema = {"type": "object", "additionalProperties": False}
    required = [key.name for key in keys if key.required]
    if required:
        schema["required"] = required
    return schema | {"properties": {key.name: key_schema(key) for key in keys}}


def key_schema(key: Key) -> Schema:
    """Return the JSON Schema of one key's value, described for an editor."""
    schema = {"description": key.help, **type_schema(key.type)}
    if not key.required and key.default is not None:
        schema["default"] = plain(key.default)
    items = key.limits.get("items")
    limits = {name: value for name, value in key.limits.items() if name != "items"}
    if items:
        schema["items"] = schema["items"] | items
    return schema | limits


def type_schema(kind: Any) -> Schema:
    """Return the JSON Schema of an annotation."""
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        return schema_of(kind)
    if get_origin(kind) is Literal:
        return {"enum": list(get_args(kind))}
    if get_origin(kind) is tuple:
        return {"type": "array", "items": type_schema(get_args(kind)[0])}
    return {"type": TYPES[kind]}


def plain(value: Any) -> Any:
    """Return a value as JSON has it: tuples as lists, settings as mappings of what is set."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return to_mapping(value)
    return [plain(item) for item in value] if isinstance(value, tuple) else value


def from_mapping(cls: type[T], written: Mapping[str, Any]) -> T:
    """Return settings from a mapping that fits the class's schema.

    Values stay as they were written (YAML's 0 is not made 0.0), for they travel on as text.
    """
    return cls(
        **{
            key.name: parse_plain(key, written[key.name])
            for key in keys_of(cls)
            if key.name in written
        }
    )


def parse_plain(key: Key, value: Any) -> Any:
    """Return a value of a mapping as its key holds it."""
    if key.nested and isinstance(value, Mapping):
        return from_mapping(key.nested, value)
    return tuple(value) if isinstance(value, list) else value


def to_mapping(values: Any, unset: bool = False, names: Collection[str] | None = None) -> Schema:
    """Return settings as a mapping for JSON, `added` keys last and only where they say something.

    Args:
        values: an instance of a settings class.
        unset: keep keys whose value is None.
        names: only these keys.
    """
    keys = [key for key in keys_of(type(values)) if names is None or key.name in names]
    found = {}
    for key in sorted(keys, key=lambda key: key.added):
        value = getattr(values, key.name)
        if (value is not None or unset) and not (key.added and value == key.default):
            found[key.name] = plain(value)
    return found


def describe_keys(cls: type) -> Iterator[tuple[str, str, str, str]]:
    """Yield each key's name, type, default and meaning, for documentation."""
    for key in keys_of(cls):
        default = "required" if key.required else json.dumps(plain(key.default), ensure_ascii=False)
        yield key.name, describe_type(key), "–" if default == "null" else default, key.help


def describe_type(key: Key) -> str:
    """Return a key's type and limits in words, such as ``integer, at least 1``."""
    kind, many = key.type, get_origin(key.type) is tuple
    kind = get_args(kind)[0] if many else kind
    if key.nested:
        name = "mapping"
    elif get_origin(kind) is Literal:
        name = " or ".join(map(str, get_args(kind)))
    else:
        name = {"string": "text"}.get(TYPES[kind], TYPES[kind])
    limits = key.limits.get("items", {}) if many else key.limits
    words = [f"{LIMITS[name][0]} {limit}" for name, limit in limits.items() if name in LIMITS]
    return ", ".join([f"list of {name}" if many else name, *words])
