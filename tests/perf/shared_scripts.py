"""What the policies cost: tokens of languages that share English's script, on real tokenizers.

Each language is extended by as many tokens, from gettext catalogues (Django, Wagtail), Flores' dev
part and XQuAD where the mirror has them, under `unchanged` and `all`; English is a line in four of
the mirror's Alpaca, Flores and XQuAD. Tokens are counted on text that was not learned from: Flores'
test part, or the catalogues of django-allauth. Prints a Markdown table.

    LINGRAFT_MIRROR=… python -m tests.perf.shared_scripts --base SmolLM2=results/models/base
"""

import argparse
import re
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from scripts.common.command import run
from scripts.common.files import ROOT, read_json
from scripts.study.registry import Registry
from scripts.tokenizer import extend_tokenizer
from tests.support.extended_tokenizers import encode, load, write_texts
from tests.support.mirror_lines import FLORES, english_lines, flores, split_lines, xquad

WHEELS = ROOT / ".cache/raw/pypi"
LEARNED = ("django-5.2.19.whl", "wagtail-8.0.1.whl")
HELD_OUT = "django-allauth-65.21.1.whl"
TRANSLATED = re.compile(r'^msgstr(?:\[\d\])? "(.+)"$', re.MULTILINE)
LOCALES = {"pt": "pt_BR"}


def messages(wheel: str, language: str) -> Iterator[str]:
    """Yield the translated messages of one line in a wheel's catalogues."""
    place = f"/locale/{LOCALES.get(language, language)}/LC_MESSAGES/"
    with zipfile.ZipFile(WHEELS / wheel) as archive:
        for name in archive.namelist():
            if place in name and name.endswith(".po"):
                yield from TRANSLATED.findall(archive.read(name).decode())


def read_parts(language: str) -> tuple[list[str], list[str]]:
    """Return what is learned from and what is measured on."""
    learned = [line for wheel in LEARNED for line in messages(wheel, language)]
    if (FLORES / f"en-{language}").is_dir():
        dev, test = flores(language)
        return learned + split_lines([dev]) + xquad(language), split_lines([test])
    return learned, list(messages(HELD_OUT, language))


def count_tokens(folder: Path, lines: list[str]) -> int:
    """Return how many tokens a tokenizer makes of some lines."""
    tokenizer = load(folder)
    return sum(len(encode(tokenizer, line)) for line in lines)


def main(arguments: argparse.Namespace) -> None:
    """Extend each base for each language under both policies; print what came of it."""
    languages = Registry().languages
    print("| base | language | tokens, base | unchanged | all | English lines, all | tokens |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: |")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        english = write_texts(folder / "en.parquet", english_lines()[:: arguments.every])
        for item in arguments.base:
            name, _, base = item.partition("=")
            for language in arguments.languages:
                learned, measured = read_parts(language)
                text = write_texts(folder / f"{language}.parquet", learned)
                command = ["--base", base, "--text", language, str(text)]
                command += ["--language", f"{language}={arguments.pieces}"]
                graft = languages[language].get("graft")
                counts = [count_tokens(Path(base), measured)]
                changes = {}
                for policy in ("script",) if graft else ("unchanged", "all"):
                    output = folder / f"{name}-{language}-{policy}"
                    more = ["--policy", f"{language}={policy}", "--reference", str(english)]
                    more += ["--graft", f"{language}={graft}"] if graft else []
                    extend_tokenizer.main(
                        extend_tokenizer.parser().parse_args(
                            [*command, *more, "--output", str(output)]
                        )
                    )
                    counts.append(count_tokens(output, measured))
                    changes = read_json(output / "extension.json")["reference"]
                shares = " | ".join(f"{count / counts[0]:.3f}" for count in counts[1:])
                share = changes["changed"] / changes["lines"]
                tokens = changes["tokens"] / changes["base_tokens"]
                print(
                    f"| {name} | {language} | {counts[0]:,} | {shares} | {share:.1%} | "
                    f"{tokens:.4f} |",
                    flush=True,
                )


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    command = argparse.ArgumentParser(prog="tests.perf.shared_scripts")
    command.add_argument("--base", nargs="+", required=True, metavar="NAME=FOLDER")
    command.add_argument("--languages", nargs="+", default=["tr", "vi", "pl", "de"])
    command.add_argument("--pieces", type=int, default=1000, help="new tokens (1000)")
    command.add_argument("--every", type=int, default=4, help="a line of English in so many (4)")
    return command


if __name__ == "__main__":
    run(main, parser())
