"""LLaMA's and Mistral's own tokenizers, extended, on the real text of the mirror."""

import json
import os
import zipfile
from pathlib import Path

import pytest
import regex
from transformers import AutoTokenizer

from scripts.common.files import read_json
from scripts.common.registry import Registry
from scripts.data import download
from scripts.tokenizer import extend_tokenizer
from scripts.train.llama_tokenizer import convert_tokenizer
from tests.end_to_end.conftest import CACHE
from tests.unit.grafting import write_texts
from tests.unit.pieces import load_pieces

RAW = Path(os.environ.get("LINGRAFT_MIRROR", "/nowhere")) / "raw.githubusercontent.com"
# LLaMA's own tokenizer.model, as karpathy/llama2.c keeps it, and what Chinese-LLaMA merges with it.
LLAMA = RAW / "karpathy/llama2.c/350e04fe35433e6d2941dce5a1f53308f87058eb/tokenizer.model"
CHINESE = (
    RAW / "ymcui/Chinese-LLaMA-Alpaca/090475fbebcca06af2ae52c5227fe1617e22072a"
    "/scripts/merge_tokenizer/chinese_sp.model"
)
ALPACA = RAW / "tatsu-lab/stanford_alpaca/761dc5bfbdeeffa89b8bff5d038781a4055f796a/alpaca_data.json"
XQUAD = RAW / "google-deepmind/xquad/7d30520c717524000f0d9d2f9c10a069acd9d285"
MOZILLA = RAW / "mozilla/firefox-translations-models/e7957fc407441a5e3e35bbcbf9d60d9b35764618"
FLORES = MOZILLA / "evaluation"
# Apache-2.0; the wheel carries the tokenizer.model of Mistral 7B.
MISTRAL = "pypi:mistral-common==1.13.1#mistral_common/data/tokenizer.model.v1"
MISTRAL_SHA256 = "98b4d0755b8d90bf4691fa8f1b70cb3b4a8cd4dc1653c4ed08ef3d1c7d2c29af"
SIZES = {"zh": 4000, "ar": 2000, "hi": 2000, "el": 1000}
GRAFT = {code: Registry().languages[code]["graft"] for code in SIZES}
TRAPS = ["  two  spaces ", *(" " * n + "x" + "\t" * n for n in range(64)), "▁a▁▁b", "<0x41>\x00"]
needs_mirror = pytest.mark.skipif(
    not (LLAMA.is_file() and CHINESE.is_file() and ALPACA.is_file()),
    reason="LINGRAFT_MIRROR does not name a folder with LLaMA's tokenizer and the benchmarks",
)
pytestmark = needs_mirror


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


@pytest.fixture(scope="module")
def english() -> list[str]:
    """Every line of English in the mirror, each once."""
    alpaca = [text for record in json.loads(ALPACA.read_text()) for text in record.values()]
    return list(dict.fromkeys(split_lines([*alpaca, *flores("en"), *xquad("en")])))


@pytest.fixture(scope="module")
def foreign() -> dict[str, list[str]]:
    """The lines of Flores and XQuAD in the grafted languages."""
    return {code: split_lines([*flores(code), *xquad(code)]) for code in SIZES}


@pytest.fixture(scope="module")
def bases(tmp_path_factory) -> dict[str, Path]:
    """The folders of LLaMA's and Mistral's tokenizers."""
    folder = tmp_path_factory.mktemp("bases")
    wheel = CACHE / "pypi/mistral-common-1.13.1.whl"
    command = ["--url", MISTRAL, "--sha256", MISTRAL_SHA256, "--output", str(wheel)]
    download.main(download.parser().parse_args(command))
    with zipfile.ZipFile(wheel) as archive:
        mistral = Path(archive.extract(MISTRAL.partition("#")[2], folder))
    for name, model in (("llama", LLAMA), ("mistral", mistral)):
        convert_tokenizer(model, folder / name)
    return {name: folder / name for name in ("llama", "mistral")}


@pytest.fixture(scope="module")
def four(bases, foreign, tmp_path_factory) -> dict[str, Path]:
    """Both tokenizers, extended for four languages at once from the study's kind of text."""
    folder = tmp_path_factory.mktemp("four")
    texts = {code: write_texts(folder / f"{code}.parquet", foreign[code]) for code in SIZES}
    options = [f"--language={code}={size}" for code, size in SIZES.items()]
    options += [part for code, path in texts.items() for part in ("--text", code, str(path))]
    return {name: graft(base, folder / name, *options) for name, base in bases.items()}


def graft(base: Path, output: Path, *options: str) -> Path:
    """Run extend_tokenizer with the registry's graft classes."""
    named = [code for code in SIZES if any(f"={code}=" in option for option in options)]
    classes = [f"--graft={code}={GRAFT[code]}" for code in named]
    command = ["--base", str(base), "--output", str(output), *options, *classes]
    extend_tokenizer.main(extend_tokenizer.parser().parse_args(command))
    return output


def count_changed(lines: list[str], base: Path, grafted: Path) -> int:
    """Return how many lines get other ids from the extended tokenizer."""
    ids = zip(load_pieces(base).encode(lines), load_pieces(grafted).encode(lines), strict=True)
    return sum(old != new for old, new in ids)


def without(lines: list[str], *languages: str) -> list[str]:
    """Return the lines that hold no character of the grafted scripts."""
    script = regex.compile("|".join(GRAFT[code] for code in languages))
    return [line for line in lines if not script.search(line)]


def test_chinese_llamas_pieces_make_49953_with_llamas(bases, english, tmp_path):
    options = ["--language=zh=all", f"--model=zh={CHINESE}"]
    everything = graft(bases["llama"], tmp_path / "all", *options, "--policy=zh=all")
    script = graft(bases["llama"], tmp_path / "script", *options)
    assert load_pieces(everything).get_piece_size() == 49953
    assert load_pieces(script).get_piece_size() == 32000 + 16847
    plain = without(english, "zh")
    assert len(english) - len(plain) < 30  # lines of Alpaca that quote Chinese or Japanese
    assert count_changed(plain, bases["llama"], script) == 0
    changed = count_changed(english, bases["llama"], everything)
    print(f"policy all changes {changed} of {len(english)} distinct English lines")
    assert changed > len(english) / 6


@pytest.mark.parametrize("name", ["llama", "mistral"])
def test_no_english_line_changes_with_four_languages(bases, four, english, name):
    extension = read_json(four[name] / "extension.json")
    assert extension["languages"] == SIZES
    assert extension["size"] == 32000 + sum(SIZES.values())
    plain = without(english, *SIZES)
    assert len(english) - len(plain) < 100
    assert count_changed(plain, bases[name], four[name]) == 0


@pytest.mark.parametrize("name", ["llama", "mistral"])
def test_everyone_reads_the_same_ids_on_20000_real_lines(four, english, foreign, tmp_path, name):
    mixed = [line for lines in foreign.values() for line in lines]
    mixed += english[: 20000 - len(mixed)] + TRAPS
    assert len(mixed) >= 20000
    pieces, fast = load_pieces(four[name]), AutoTokenizer.from_pretrained(four[name])
    fast.save_pretrained(tmp_path)
    expected, again = pieces.encode(mixed), AutoTokenizer.from_pretrained(tmp_path)
    for tokenizer in (fast, again):
        assert tokenizer(mixed, add_special_tokens=False).input_ids == expected
        assert tokenizer(mixed[-500:]).input_ids == [[1, *ids] for ids in expected[-500:]]
    assert fast.batch_decode(expected) == pieces.decode(expected)
    assert [text.replace("▁", " ") for text in mixed] == pieces.decode(expected)
