"""The mirror's text, line by line, and a call of extend_tokenizer for four of its languages."""

import json
import os
from pathlib import Path

import regex

from scripts.study.registry import Registry
from scripts.tokenizer import extend_tokenizer

RAW = Path(os.environ.get("LINGRAFT_MIRROR", "/nowhere")) / "raw.githubusercontent.com"
ALPACA = RAW / "tatsu-lab/stanford_alpaca/761dc5bfbdeeffa89b8bff5d038781a4055f796a/alpaca_data.json"
XQUAD = RAW / "google-deepmind/xquad/7d30520c717524000f0d9d2f9c10a069acd9d285"
MOZILLA = RAW / "mozilla/firefox-translations-models/e7957fc407441a5e3e35bbcbf9d60d9b35764618"
FLORES = MOZILLA / "evaluation"
SIZES = {"zh": 4000, "ar": 2000, "hi": 2000, "el": 1000}
CLASSES = {code: Registry().languages[code]["graft"] for code in SIZES}


def split_lines(texts: list[str]) -> list[str]:
    """Return the lines of all texts that are not blank."""
    return [line for text in texts for line in text.split("\n") if line.strip()]


def xquad(language: str) -> list[str]:
    """Return the contexts and questions of XQuAD in a language."""
    articles = json.loads((XQUAD / f"xquad.{language}.json").read_text())["data"]
    paragraphs = [part for article in articles for part in article["paragraphs"]]
    questions = [qa["question"] for part in paragraphs for qa in part["qas"]]
    return [*(part["context"] for part in paragraphs), *questions]


def flores(language: str) -> list[str]:
    """Return the sentences of Flores in a language, English being the other side of Arabic."""
    folder = FLORES / ("en-ar" if language == "en" else f"en-{language}")
    return [(folder / f"flores-{part}.{language}").read_text() for part in ("dev", "test")]


def english_lines() -> list[str]:
    """Return every line of English in the mirror, each once."""
    alpaca = [text for record in json.loads(ALPACA.read_text()) for text in record.values()]
    return list(dict.fromkeys(split_lines([*alpaca, *flores("en"), *xquad("en")])))


def foreign_lines() -> dict[str, list[str]]:
    """Return the lines of Flores and XQuAD in the four languages."""
    return {code: split_lines([*flores(code), *xquad(code)]) for code in SIZES}


def every_line() -> list[str]:
    """Return the lines of all text files of the mirror, whatever they hold, each once."""
    files = (path for path in sorted(RAW.rglob("*")) if path.is_file() and path.suffix != ".model")
    texts = (path.read_bytes().decode() for path in files)  # with their line endings
    return list(dict.fromkeys(line for text in texts for line in text.split("\n")))


def extend(base: Path, output: Path, *options: str) -> Path:
    """Run extend_tokenizer with the registry's character classes."""
    named = [code for code in SIZES if any(f"={code}=" in option for option in options)]
    classes = [f"--graft={code}={CLASSES[code]}" for code in named]
    command = ["--base", str(base), "--output", str(output), *options, *classes]
    extend_tokenizer.main(extend_tokenizer.parser().parse_args(command))
    return output


def without(lines: list[str], *languages: str) -> list[str]:
    """Return the lines that hold no character of these languages' scripts."""
    script = regex.compile("|".join(CLASSES[code] for code in languages))
    return [line for line in lines if not script.search(line)]
