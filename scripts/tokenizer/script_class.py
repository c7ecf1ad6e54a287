r"""Which byte strings may become new tokens, so that no other text tokenizes differently.

A new token is, after at most one leading space, either

* one or more whole characters of the script's class, or
* the first bytes of one character, where *every* character that UTF-8 can write with these first
  bytes is in the class: E4 B8 begins only Han characters; E2 80 begins curly quotes too, and so
  never becomes a token for Chinese.

**Claim.** Text without a character of the class gets the same ids from the extended tokenizer as
from the base. **Proof.** Let a new merge apply in such a text (as the base's normalizer leaves
it). Then the bytes of its result occur there. Leave out the leading space, if there is one; the
next byte is not a continuation byte, so in valid UTF-8 a character c of the text begins with it.
If the token holds whole characters, c is the first of them; if not, c is one of the characters
that its bytes can begin. Either way c is in the class: a contradiction. So none of the new merges
applies; they rank behind the base's, which therefore apply in their old order. For the same
reason no whole pre-token equals a new token (which matters with `ignore_merges`). ∎

The space is let in because byte-level pre-tokenizers glue it to the word that follows: without
it, the first character of every Arabic or Hindi word would stay in pieces.

A language that shares its script with English has no such class. Its tokens are made of any
letters (`any_letters`), the first bytes of one among them, and `reference` says which of them
change no English text.
"""

from dataclasses import dataclass
from functools import cache

import regex

from scripts.common.errors import InputError

LETTERS = r"[\p{L}\p{M}]"  # marks too: Vietnamese may be written with them
SURROGATES = range(0xD800, 0xE000)
SMALLEST = {2: 0x80, 3: 0x800, 4: 0x10000}  # first code point that UTF-8 writes with so many bytes


@dataclass(frozen=True)
class ScriptClass:
    """A script's characters: patterns of `one` of them and of a `run` no longer than allowed.

    `own` tells whether text without them must not change.
    """

    one: regex.Pattern
    run: regex.Pattern
    own: bool = True


def compile_script_class(language: str, characters: str | None, longest: int) -> ScriptClass:
    r"""Compile a class such as ``[\u3000-\u303f\u4e00-\u9fff]`` or ``\p{Arabic}``.

    A new token has at most `longest` characters. Raises `InputError` where there is no class, it
    does not compile, or it takes in ASCII, whose tokens must not change.
    """
    if not characters:
        raise InputError(
            f"language {language!r} has no character class: only languages of a script of their "
            "own get new tokens, because others would change how English tokenizes"
        )
    try:
        one = regex.compile(characters)
        run = regex.compile(f"(?:{characters}){{1,{longest}}}")
    except regex.error as error:
        raise InputError(f"character class of {language!r}: {characters!r}: {error}") from None
    for code in range(0x80):
        if one.fullmatch(chr(code)):
            raise InputError(
                f"character class of {language!r}: {characters!r} takes in {chr(code)!r}; "
                "expected no ASCII character"
            )
    return ScriptClass(one, run)


@cache
def any_letters(longest: int, script: ScriptClass | None = None) -> ScriptClass:
    """Return the class of all letters, and of what `script` has besides."""
    characters = LETTERS + (f"|{script.one.pattern}" if script else "")
    run = regex.compile(f"(?:{characters}){{1,{longest}}}")
    return ScriptClass(regex.compile(characters), run, own=False)


def may_become_token(piece: bytes, script: ScriptClass) -> bool:
    """Return whether `piece` may become a token, by the rule in this module's docstring."""
    body = piece.removeprefix(b" ")
    try:
        return script.run.fullmatch(body.decode()) is not None
    except UnicodeDecodeError as error:
        return error.start == 0 and (begins_only if script.own else begins_any)(body, script.one)


@cache
def begins_only(start: bytes, one: regex.Pattern) -> bool:
    """Return whether `start` begins a character, and only characters that `one` matches."""
    codes = begun_by(start)
    return bool(codes) and all(one.fullmatch(chr(number)) for number in codes)


@cache
def begins_any(start: bytes, one: regex.Pattern) -> bool:
    """Return whether `start` begins a character that `one` matches."""
    return any(one.fullmatch(chr(number)) for number in begun_by(start))


def begun_by(start: bytes) -> list[int]:
    """Return the code points that UTF-8 writes with `start` and at least a byte more."""
    size = 2 if 0xC2 <= start[0] < 0xE0 else 3 if start[0] < 0xF0 else 4
    if not 0xC2 <= start[0] <= 0xF4 or len(start) >= size:
        return []
    code = start[0] & (0x7F >> size)
    for byte in start[1:]:
        if byte & 0xC0 != 0x80:
            return []
        code = code << 6 | byte & 0x3F
    missing = 6 * (size - len(start))
    first = max(code << missing, SMALLEST[size])
    last = min((code + 1) << missing, 0x110000)
    return [number for number in range(first, last) if number not in SURROGATES]
