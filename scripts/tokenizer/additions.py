"""What is added to a vocabulary: tokens of languages, each with its number, script and texts."""

import argparse
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from scripts.common.command import positive
from scripts.common.errors import InputError, nearest
from scripts.study.extension import COVERAGE
from scripts.tokenizer.read_texts import add_text_option, parse_named, parse_texts
from scripts.tokenizer.script_class import ScriptClass, any_letters, compile_script_class

POLICIES = ("script", "unchanged", "all")
OPTIONS = ("graft", "model", "policy", "coverage")  # of one language each, beside --language
LEAST_COVERAGE = 0.98  # SentencePiece trains with no less


@dataclass(frozen=True)
class Addition:
    """One language's new tokens: how many (None: all there are), of which characters, from what.

    They are learned from the `files`, or taken from a ready SentencePiece `model`. `script` is None
    for a language of English's own script, which the policy `script` does not take.
    """

    language: str
    count: int | None
    script: ScriptClass | None
    files: list[str]
    model: Path | None = None
    policy: str = "script"
    coverage: float = COVERAGE
    longest: int = 16

    @property
    def wanted(self) -> int:
        """Return how many tokens are to be learned; only a ready model may give all it has."""
        assert self.count is not None
        return self.count

    @property
    def characters(self) -> ScriptClass:
        """Return the characters that learned tokens are made of: of the script, or any letters."""
        if self.policy != "script":
            return any_letters(self.longest, self.script)
        assert self.script is not None
        return self.script


def parse_additions(
    counts: Iterable[str],
    texts: Iterable[list[str]],
    more: Mapping[str, Iterable[str]],
    longest: int,
) -> list[Addition]:
    """Read the languages off the command line, in the order in which they were named.

    Args:
        counts: ``LANGUAGE=TOKENS``, the values of `--language`.
        texts: a language and its files each, the values of `--text`.
        more: the values ``LANGUAGE=…`` of each of `OPTIONS`.
        longest: most characters in a new token.
    """
    languages = parse_named(counts, "--language")
    files = parse_texts(texts)
    values = {option: parse_named(items, f"--{option}") for option, items in more.items()}
    for option, named in values.items():
        for language in named:
            if language not in languages:
                raise InputError(f"--{option} {language}: no --language {language}=TOKENS")
    return [
        make_addition(
            language,
            count,
            files.get(language, []),
            {option: named[language] for option, named in values.items() if language in named},
            longest,
        )
        for language, count in languages.items()
    ]


def check_countable(additions: Iterable[Addition], least: int) -> None:
    """Raise `InputError` where a language has no text in which its tokens could be counted."""
    for added in additions:
        if not added.files:
            raise InputError(f"--prune {least}: no --text {added.language} FILE to count in")


def check_reference(additions: Iterable[Addition], files: list[str]) -> None:
    """Raise `InputError` where a language's policy is about English text and there is none."""
    for added in additions:
        if added.policy == "unchanged" and not files:
            raise InputError(
                f"--policy {added.language}=unchanged: no --reference FILE whose tokens are kept"
            )


def make_addition(
    language: str, count: str, files: list[str], more: dict[str, str], longest: int
) -> Addition:
    """Return one language's checked `Addition`; all its options are texts yet."""
    policy, model = more.get("policy", "script"), more.get("model")
    if policy not in POLICIES:
        raise InputError(f"--policy {language}={policy}: unknown{nearest(policy, POLICIES)}")
    if not (count.isdecimal() and int(count)) and not (model and count == "all"):
        also = ", or 'all' of the model's" if model else ""
        raise InputError(f"--language {language}={count}: expected a number of new tokens{also}")
    if not model and not files:
        raise InputError(f"--language {language}: no --text {language} FILE to learn from")
    bare = policy != "script" and "graft" not in more
    return Addition(
        language,
        None if count == "all" else int(count),
        None if bare else compile_script_class(language, more.get("graft"), longest),
        files,
        Path(model) if model else None,
        policy,
        read_coverage(language, more.get("coverage", str(COVERAGE))),
        longest,
    )


def read_coverage(language: str, text: str) -> float:
    """Return the share of a text's characters that get a piece, as a number."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not LEAST_COVERAGE <= value <= 1:
        raise InputError(f"--coverage {language}={text}: expected {LEAST_COVERAGE} to 1")
    return value


def add_addition_options(command: argparse.ArgumentParser) -> None:
    """Add the options that describe the languages to a command line.

    `--graft` is spelled as the key of registry/languages.yaml, and stays so: the option is part of
    the rule's params, which, changed, would extend and train finished models again.
    """
    add_named(command, "language", "TOKENS", "how many new tokens each language gets")
    add_named(command, "graft", "CLASS", "a regular expression for one character of its script")
    add_named(command, "model", "FILE", "a SentencePiece model to take pieces from, for TOKENS=all")
    add_named(command, "policy", "POLICY", "script (the default), unchanged or all")
    add_named(command, "coverage", "SHARE", f"of the characters that get a piece ({COVERAGE})")
    add_text_option(command, required=False)
    command.add_argument(
        "--reference",
        nargs="+",
        default=[],
        metavar="PARQUET[:COLUMN]",
        help="English text that --policy unchanged keeps as it is, and whose changes are counted",
    )
    command.add_argument(
        "--prune",
        type=positive,
        metavar="N",
        help="drop new tokens that occur fewer than N times in their language's text",
    )
    command.add_argument(
        "--longest", type=int, default=16, help="most characters in a new token (default: 16)"
    )


def add_named(command: argparse.ArgumentParser, name: str, value: str, text: str) -> None:
    """Add an option of ``LANGUAGE=value`` items."""
    command.add_argument(
        f"--{name}",
        nargs="+",
        action="extend",
        required=name == "language",
        default=None if name == "language" else [],
        metavar=f"LANGUAGE={value}",
        help=text,
    )
