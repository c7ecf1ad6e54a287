"""A study's models laid out as the Hugging Face hub's cache, for a server that knows such a cache.

A model's folder there has links to its weights, and beside them what makes a server ask it as the
study does: a chat template in the study's format, where an answer ends, no drawing unless it is
asked for, and a tokenizer whose special tokens have private names, so that ``<|im_end|>`` in a
question is text (scripts/tokenizer/record_tokenizer.py).
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.common.errors import InputError
from scripts.common.files import read_json, write_json, write_text
from scripts.common.provenance import check_weights
from scripts.convert.chat_template import choose_template, closing_tokens
from scripts.convert.release_config import write_generation
from scripts.convert.release_tokenizer import write_settings
from scripts.infer.chat.conversation import takes_input, takes_turns
from scripts.infer.chat.find import Found
from scripts.serve.model_state import weights_of
from scripts.study.chat_format import name_token
from scripts.study.prompts import PromptFormat
from scripts.tokenizer.record_tokenizer import RecordTokenizer, rename_tokens
from scripts.tokenizer.tokenizer_json import Spec

REVISION = "0" * 40  # what the hub would call a commit
# Between a question and its input, which are one text to a server; no tokenizer has it.
SEPARATOR = "\ufdd2"
SPLIT = """\
{%- set parted = namespace(messages=[]) -%}
{%- for message in messages -%}
{%- set parts = message['content'].split('SEPARATOR') -%}
{%- set more = parts[1] if parts|length > 1 else '' -%}
{%- set one = {'role': message['role'], 'content': parts[0], 'input': more} -%}
{%- set parted.messages = parted.messages + [one] -%}
{%- endfor -%}
{%- set messages = parted.messages -%}
""".replace("SEPARATOR", SEPARATOR)


@dataclass(frozen=True)
class Laid:
    """A model in the cache.

    Attributes:
        folder: its files.
        source: the model's own folder; `weights` tells that model from one that is built later.
        turns: whether its format has conversations; `system`: a system message; `input`: a field
            of its own for an input.
        closing: a text that closes an answer, where no one token does; else None.
        window: tokens that prompt and answer may have together.
    """

    name: str
    folder: str
    source: str
    weights: str
    turns: bool
    system: bool
    input: bool
    closing: str | None
    window: int


def lay_out(found: Found, cache: Path) -> Laid:
    """Lay a model out in a cache.

    Raises:
        InputError: if it lacks weights or tokenizer, they do not fit, or no template has the
            study's prompts.
    """
    check_weights(found.folder)
    place = cache / f"models--{found.name}"
    folder = place / "snapshots" / REVISION
    folder.mkdir(parents=True)
    for file in (*found.folder.glob("*.safetensors*"), found.folder / "config.json"):
        (folder / file.name).symlink_to(file.resolve())
    config = read_json(found.folder / "config.json", "a model's configuration", {})
    settings = read_json(found.folder / "tokenizer_config.json", "a tokenizer's settings", {})
    spec = read_json(found.folder / "tokenizer.json", "a tokenizer", {})
    reader = RecordTokenizer.build(spec, special_names(settings))
    check_rows(reader, config, found.folder)
    write_json(folder / "tokenizer.json", hide_tokens(spec, reader))
    laid = write_asking(found, folder, config, hide_names(settings, reader.private), reader)
    (place / "refs").mkdir()
    write_text(place / "refs" / "main", REVISION)  # without it the server lists no model
    return laid


def write_asking(
    found: Found, folder: Path, config: Spec, settings: dict[str, Any], reader: RecordTokenizer
) -> Laid:
    """Write what tells a server how to ask: template, tokenizer's settings, ends of an answer.

    Args:
        settings: of the tokenizer, with private names, as are `reader`'s.
    """
    end = name_token(settings.get("eos_token"))
    if reader.tokenizer.token_to_id(end) is None:
        raise InputError(f"{found.folder}/tokenizer_config.json: found no eos_token, expected one")
    form, window = found.form.reworded(reader.hide), read_window(config)
    template = choose_template(form, reader.tokenizer, end, found.folder)
    template = (SPLIT if takes_input(form) else "") + template
    write_json(folder / "tokenizer_config.json", write_settings(settings, window, template))
    write_text(folder / "chat_template.jinja", template)
    ends = closing_tokens(form, reader.tokenizer, end)
    begin, fill = (
        reader.tokenizer.token_to_id(name_token(settings.get(key)))
        for key in ("bos_token", "pad_token")
    )
    generation = write_generation(config, ends, begin, ends[-1] if fill is None else fill)
    write_json(folder / "generation_config.json", generation | {"do_sample": False})
    return Laid(
        found.name,
        str(folder),
        str(found.folder.resolve()),
        weights_of(found.folder),
        turns=takes_turns(form),
        system=form.system is not None,
        input=takes_input(form),
        closing=find_closing(form, end, reader),
        window=window,
    )


def find_closing(form: PromptFormat, end: str, reader: RecordTokenizer) -> str | None:
    """Return the text that closes an answer, where that is several tokens."""
    written = form.end.replace("{eos}", end)
    return written if len(reader.encode([written])[0]) > 1 else None


def read_window(config: dict[str, Any]) -> int:
    """Return how many tokens a model was made for; where its config sets no bound, a million."""
    # As `scripts.infer.load.model_window`, without what it takes to import that.
    names = ("max_position_embeddings", "n_positions", "max_sequence_length", "seq_length")
    inner = config.get("text_config") or config
    return next((int(inner[name]) for name in names if inner.get(name)), 2**20)


def special_names(settings: dict[str, Any]) -> set[str]:
    """Return the tokens that a tokenizer's settings call special."""
    found = [value for key, value in settings.items() if key.endswith("_token")]
    for kind in ("extra", "additional"):
        more = settings.get(f"{kind}_special_tokens") or []
        found += more.values() if isinstance(more, dict) else more
    return {name_token(one) for one in found if isinstance(one, str | dict)} - {""}


def hide_tokens(spec: Spec, reader: RecordTokenizer) -> Spec:
    """Return a ``tokenizer.json`` in which special tokens have private names and are special."""
    hidden = rename_tokens(spec, reader.private)
    names = set(reader.private.values())
    added = [token | {"special": True} if token["content"] in names else token
             for token in hidden["added_tokens"]]  # fmt: skip
    return hidden | {"added_tokens": added}


def hide_names(value: Any, private: dict[str, str]) -> Any:
    """Return settings in which each text that is a special token's name is its private one."""
    if isinstance(value, dict):
        return {key: hide_names(one, private) for key, one in value.items()}
    if isinstance(value, list):
        return [hide_names(one, private) for one in value]
    return private.get(value, value) if isinstance(value, str) else value


def check_rows(reader: RecordTokenizer, config: dict[str, Any], folder: Path) -> None:
    """Refuse a tokenizer with more pieces than the model has embedding rows."""
    rows = (config.get("text_config") or config).get("vocab_size", 0)
    pieces = reader.tokenizer.get_vocab_size()
    if pieces > rows:
        raise InputError(
            f"{folder}: the tokenizer has {pieces} pieces but the model only {rows} embedding rows"
        )
