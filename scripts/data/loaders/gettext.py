"""Messages of a program's interface: gettext catalogues (.po, .mo) inside a wheel.

English is the msgid, the singular where there are plural forms; two other languages are joined on
it.
"""

import gettext
import re
import struct
from collections import Counter
from collections.abc import Iterator

import polib

from scripts.common.errors import InputError
from scripts.data.compressed import bare_name
from scripts.data.corpora import stable_id
from scripts.data.request import Request

# %(name)s, %s, %d, %1, {name}, ${name}: a translation has the same ones as its source.
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%\d|%[a-z]\b|\{[\w.]*\}")
CHARSET = re.compile(rb"Content-Type:[^\n\\]*charset=([\w.:-]+)", re.IGNORECASE)
PLURAL = re.compile(r"plural\s*=([^;]+)")
UNFILLED = ("CHARSET", "EXPRESSION")  # what the header of a template has in their place
MARKUP = re.compile(r"</?[a-zA-Z][^>]*>")


def load(request: Request) -> Iterator[dict]:
    """Yield distinct pairs with letters on both sides, in the order of the catalogues."""
    languages = [code for code in request.languages if code != "en"]
    if len(languages) > 1:
        request.check_apart()
    catalogues = [read_catalogues(request, code) for code in languages]
    seen = set()
    for msgid, texts in join_catalogues(request, languages, catalogues):
        texts = {"en": msgid, **texts}
        source, target = (tidy(texts[code]) for code in (request.source, request.target))
        reason = "duplicate" if (source, target) in seen else fault(source, target, request)
        if reason:
            request.dropped[reason] += 1
            continue
        seen.add((source, target))
        # The same in both directions, so that en-zh and zh-en can be compared record by record.
        yield {"id": stable_id(*sorted((source, target))), "source": source, "target": target}


def read_catalogues(request: Request, language: str) -> list[tuple[tuple, str]]:
    """Return (context, msgid) and translation of each translated message of a language."""
    messages = []
    for name, content in request.contents(language):
        catalogue = parse_catalogue(name, content, request)
        for entry in catalogue:
            text = entry.msgstr or singular(entry.msgstr_plural, catalogue, name)
            reason = "" if text.strip() else "empty"
            # Compiled catalogues hold neither of these, and polib's entries of them no flags.
            if isinstance(entry, polib.POEntry) and (entry.obsolete or entry.fuzzy):
                reason = "obsolete" if entry.obsolete else "fuzzy"
            if reason:
                request.dropped[reason] += 1
            else:
                messages.append(((entry.msgctxt, entry.msgid), text))
    return messages


def singular(forms: dict[int, str], catalogue: polib.POFile | polib.MOFile, name: str) -> str:
    """Return the plural form of one thing, by the catalogue's rule; '' if there is none.

    Without a rule it is gettext's own: the first form is of one thing.
    """
    if not forms:
        return ""
    header = catalogue.metadata.get("Plural-Forms", "")
    rule = PLURAL.search(header.replace("nplurals", ""))
    if not rule or rule[1].strip() in UNFILLED:
        return forms.get(0, "")
    try:
        return forms.get(gettext.c2py(rule[1].strip())(1), "")
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise InputError(f"{name}: Plural-Forms {header!r} is no rule: {error}") from None


def parse_catalogue(name: str, content: bytes, request: Request) -> polib.POFile | polib.MOFile:
    """Parse a catalogue of the charset that it names; `InputError` names the file."""
    found = CHARSET.search(content)
    charset = found[1].decode() if found and found[1].decode() not in UNFILLED else None
    try:
        if bare_name(name).endswith(".mo"):
            return polib.mofile(content, encoding=charset or request.encoding)
        return polib.pofile(Lines(request.decode(name, content, charset)))
    except (OSError, ValueError, LookupError, struct.error) as error:
        raise InputError(f"{name}: not a gettext catalogue: {error}") from error


class Lines(str):
    """A text whose lines end at newlines only, as polib splits it; messages may hold U+2028."""

    def splitlines(self, keepends: bool = False) -> list[str]:
        """Return the lines without their ends."""
        return self.split("\n")


def join_catalogues(
    request: Request, languages: list[str], catalogues: list[list]
) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield a msgid and its text by language, for the messages that every language has."""
    *earlier, messages = catalogues
    # Where catalogues translate a message differently, the first one counts.
    others = [dict(reversed(catalogue)) for catalogue in earlier]
    for key, text in messages:
        if any(key not in other for other in others):
            request.dropped["in one language only"] += 1
            continue
        texts = [*(other[key] for other in others), text]
        yield key[1], dict(zip(languages, texts, strict=True))


def tidy(text: str) -> str:
    """Return a message on one line: line ends and indents are the template's, not the text's."""
    return " ".join(text.split())


def fault(source: str, target: str, request: Request) -> str:
    """Return why a pair is of no use, '' if it is."""
    if source == target:
        return "identical"
    for text, language in ((source, request.source), (target, request.target)):
        if not re.search(request.letters.get(language, r"\w"), text):
            return f"without {language} letters"
    if MARKUP.search(source) or MARKUP.search(target):
        return "markup"
    if Counter(PLACEHOLDER.findall(source)) != Counter(PLACEHOLDER.findall(target)):
        return "other placeholders"
    return ""
