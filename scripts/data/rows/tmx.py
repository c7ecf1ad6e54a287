"""TMX, the exchange format of translation memories: units of variants in several languages."""

from collections.abc import Iterator
from xml.etree import ElementTree

from scripts.common.errors import InputError
from scripts.data.compressed import BROKEN
from scripts.data.raw_file import RawFile
from scripts.data.request import Request

# Elements that hold codes of the format that a text came from (TMX 1.4b, section 3.3); `hi` and
# `sub` hold text.
MARKS = ("bpt", "ept", "it", "ph", "ut")
LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"


def read(file: RawFile, request: Request) -> Iterator[dict[str, str]]:
    """Yield each unit that has both languages as `source` and `target`; others are counted.

    A variant's language may have a region, as ``zh-CN``.
    """
    request.at.enter(file.name, "unit")
    number = 0
    try:
        with file.open() as stream:
            for _, element in ElementTree.iterparse(stream):
                if bare(element.tag) != "tu":
                    continue
                number += 1
                request.at.number = number
                texts = dict(read_variants(element))
                element.clear()
                if request.source in texts and request.target in texts:
                    yield {"source": texts[request.source], "target": texts[request.target]}
                else:
                    request.dropped["without one of the languages"] += 1
    except RecursionError:
        raise InputError(f"{request.at}: no TMX: its marks are nested too deeply") from None
    except (ElementTree.ParseError, LookupError, ValueError, *BROKEN) as error:
        raise InputError(f"{file.name}: no TMX: {error}") from None


def read_variants(unit: ElementTree.Element) -> Iterator[tuple[str, str]]:
    """Yield the language's code and the text of each variant, without its marks."""
    for variant in unit:
        code = variant.get(LANGUAGE) or variant.get("lang") or ""
        for segment in variant:
            if bare(segment.tag) == "seg":
                yield code.lower().replace("_", "-").partition("-")[0], "".join(read_text(segment))


def read_text(element: ElementTree.Element) -> Iterator[str]:
    """Yield the parts of an element's text; what marks of another format are written as is none."""
    if bare(element.tag) not in MARKS:
        yield element.text or ""
        for inner in element:
            yield from read_text(inner)
            yield inner.tail or ""


def bare(tag: str) -> str:
    """Return a tag's name without its namespace."""
    return tag.rpartition("}")[2]
