"""Numbers as people and models write them, read as exact fractions.

Read are the digits of any script, and

- thousands: ``1,234``, ``1'234``, ``1.234.567``, ``1{,}234``, with a no-break or thin space, and
  with any space behind a currency
- decimals with a point, but not with a comma
- fractions: ``3/4``, ``½``, ``\\frac{3}{4}``, 3分之2; ``1 3/4``, ``1(3/4)``, 1又3/4; 2个半
- percentages: ``50%``, ``50 percent``, 百分之50
- 1.5万, 2亿, but not ``2 million``; no powers
- a minus (``-``, ``−``, 负), before or behind a currency
- ``_18_``, ``__18__`` and ``**18**`` of Markdown; ``1_000``, but no index: ``4210_{5}`` is 4210,
  whatever its base

Chinese numerals (一百二十三, 三分之二, 百分之五十, 一半) count only where a text has no digits,
since 一 and 两 are in many other words.
"""

import re
import unicodedata
from fractions import Fraction
from typing import NamedTuple

import cn2an  # type: ignore[import-untyped]


class Number(NamedTuple):
    """A value, and whether it was written as a percentage (50% is 1/2)."""

    value: Fraction
    percent: bool = False


PLAIN = r"(?:\d{1,3}(?:,\d{2,3})*,\d{3}|\d{1,3}(?:\.\d{3}){2,}|\d{1,3}(?:['’]\d{3})+|\d+)"
DECIMAL = rf"(?:{PLAIN}(?:\.\d+)?|(?<![A-Za-z.])\.\d+)"
NUMBER = re.compile(
    rf"""
    (?<![\d^_m])(?<!\d\.)                   # not within a number; no exponent, index, m2
    (?P<cents>百分之\s*)?
    (?P<sign>(?<![\w)%])[-−–](?=[\d.$€£¥₹U])|负\s?)?\s?(?:[$€£¥₹]|US\$)?\s?(?P<inner_sign>(?<=[$€£¥₹])-)?
    (?:
      (?P<mixed>\d+)(?:\s+|\s*又\s*)(?P<mixed_top>\d+)\s*/\s*(?P<mixed_bottom>\d+)
    | (?P<paren>\d+)\s*\(\s*(?P<paren_top>\d+)\s*/\s*(?P<paren_bottom>\d+)\s*\)
    | (?:(?P<cn_mixed>\d+)\s*又\s*)?(?P<cn_bottom>\d+)\s*分之\s*(?P<cn_top>\d+)
    | (?P<top>{DECIMAL})\s*/\s*(?P<bottom>{DECIMAL})
    | (?P<decimal>{DECIMAL})
    )
    (?P<half>\s*个半)?
    (?P<unit>\s*[万亿])?
    (?P<percent>\s*(?:%|percent\b|per\ cent\b))?
    """,
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)
UNITS = {"": 1, "万": 10**4, "亿": 10**8}

DIGITS = "零〇一二两三四五六七八九十百千万亿"
CHINESE_INTEGER = rf"[{DIGITS}]+(?:点[零〇一二三四五六七八九]+)?"
CHINESE = re.compile(
    rf"(?P<sign>负)?(?:"
    rf"(?:(?P<mixed>[{DIGITS}]+)又)?(?P<bottom>[{DIGITS}]+)分之(?P<top>{CHINESE_INTEGER})"
    rf"|(?P<plain>{CHINESE_INTEGER})(?P<half>个半)?"
    rf"|(?P<lone>一半|半))"
)

# Full-width and Arabic forms of what numbers are made of; the full-width comma parts two of them.
WIDE = {ord(c): unicodedata.normalize("NFKC", c) for c in "．％－／（）＄￥￡"}
WIDE |= {ord("٫"): ".", ord("٬"): ",", ord("٪"): "%"}
LATEX = [
    (re.compile(r"(?<=\d)\s*(?=\\[dt]?frac)"), " "),
    (re.compile(r"\\[dt]?frac\s*\{([^{}]+)\}\s*\{([^{}]+)\}"), r"(\1)/(\2)"),
    (re.compile(r"\\[dt]?frac\s*(\d)\s*(\d)"), r"\1/\2"),
    (re.compile(r"\\text\s*\{([^{}]*)\}"), r"\1"),
    (re.compile(r"\{,\}"), ","),
    (re.compile(r"\\[,!; ]"), ""),
    (re.compile(r"\\([$%])"), r"\1"),
]
INDEX = re.compile(r"(?<=[^\W_]|[)}\]])_(?:\{[^{}]*\}|\d+)")  # behind what it is an index of
EMPHASIS = re.compile(r"(?<![\w)}\]])_+(?=\S)")
GROUPS = re.compile(r"(?<![\w.])\d{1,3}(?:_\d{3})+(?!\w)")
SPACED = re.compile(r"(?<=\d)[\u00a0\u202f\u2009](?=\d{3}(?!\d))")
MONEY = re.compile(r"[$€£¥₹]\d{1,3}(?: \d{3})+(?!\d)")  # $118 000
LONE = re.compile(r"(?<!\d)\(\s*(-?\d+(?:\.\d+)?)\s*\)")  # ((11)/(20)) is 11/20


def find_numbers(text: str) -> list[Number]:
    """Return the numbers in a text, in order; Chinese numerals only where there are no digits."""
    text = plain_text(text)
    found = [read_match(match) for match in NUMBER.finditer(text)]
    if not found:
        found = [read_chinese(match) for match in CHINESE.finditer(text)]
    return [number for number in found if number is not None]


def same_number(one: Number, other: Number) -> bool:
    """Tell whether two numbers are equal as fractions.

    A percentage equals another of the same figure, and a plain number both as the share it is
    (50% is 0.5, as in Ape210k) and as its figure (50% is 50, where GSM8K asks how many percent).
    """
    if one.percent == other.percent:
        return one.value == other.value
    share, plain = (one, other) if one.percent else (other, one)
    return plain.value in (share.value, 100 * share.value)


def plain_text(text: str) -> str:
    """Return a text with LaTeX, vulgar fractions and full-width forms written plainly."""
    for pattern, replacement in LATEX:
        text = pattern.sub(replacement, text)
    text = "".join(map(spell_plainly, text.translate(WIDE)))
    text = SPACED.sub("", text)
    text = GROUPS.sub(lambda match: match[0].replace("_", ""), text)
    text = EMPHASIS.sub("", INDEX.sub("", text))
    text = MONEY.sub(lambda match: match[0].replace(" ", ""), text)
    return LONE.sub(r"\1", text)


def spell_plainly(char: str) -> str:
    """Return `` 1/2`` for ``½``, a digit of any script in ASCII, other characters as they are."""
    if char.isascii():
        return char
    if char.isdecimal():
        return str(unicodedata.decimal(char))
    if not unicodedata.decomposition(char).startswith("<fraction>"):
        return char
    return " " + unicodedata.normalize("NFKC", char).replace("⁄", "/")


def read_match(match: re.Match[str]) -> Number | None:
    """Return the number of a match of `NUMBER`; None where it divides by zero or has no end.

    A model that repeats a digit writes thousands of them; Python reads 4,300.
    """
    try:
        value = read_value(match.groupdict())
    except (ValueError, ZeroDivisionError):
        return None
    if match["half"]:
        value += Fraction(1, 2)
    value *= UNITS[(match["unit"] or "").strip()]
    if match["sign"] or match["inner_sign"]:
        value = -value
    percent = bool(match["percent"] or match["cents"])
    return Number(value / 100 if percent else value, percent)


def read_value(groups: dict[str, str | None]) -> Fraction:
    """Return the value of the form that matched, without sign and unit."""
    for whole, top, bottom in (
        ("mixed", "mixed_top", "mixed_bottom"),
        ("paren", "paren_top", "paren_bottom"),
        ("cn_mixed", "cn_top", "cn_bottom"),
        ("", "top", "bottom"),
    ):
        if groups[top]:
            return read_decimal(groups.get(whole)) + read_decimal(groups[top]) / read_decimal(
                groups[bottom]
            )
    return read_decimal(groups["decimal"])


def read_decimal(text: str | None) -> Fraction:
    """Return a decimal, its thousands marked or not; 0 for none."""
    text = re.sub(r"[,'’]", "", text or "0")
    if text.count(".") > 1:
        text = text.replace(".", "")
    return Fraction(text)


def read_chinese(match: re.Match[str]) -> Number | None:
    """Return the number of a match of `CHINESE`; None where it is no number, as 百亿万."""
    try:
        if match["lone"]:
            value = Fraction(1, 2)
        elif match["plain"]:
            value = read_numeral(match["plain"]) + Fraction(bool(match["half"]), 2)
        elif match["bottom"] == "百":
            value = read_numeral(match["top"]) / 100
        else:
            value = read_numeral(match["top"]) / read_numeral(match["bottom"])
            value += read_numeral(match["mixed"]) if match["mixed"] else 0
    except (ValueError, KeyError, ZeroDivisionError):  # cn2an raises either
        return None
    return Number(-value if match["sign"] else value, match["bottom"] == "百")


def read_numeral(text: str) -> Fraction:
    """Return a Chinese numeral's value; `ValueError` or `KeyError` where it is none."""
    return Fraction(str(cn2an.cn2an(text, "smart")))
