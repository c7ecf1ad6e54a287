"""LLaMA's and Mistral's own tokenizers, extended, on the real text of the mirror."""

import zipfile
from pathlib import Path

import pytest
from transformers import AutoTokenizer

from scripts.common.files import read_json
from scripts.data import download
from scripts.tokenizer.llama_tokenizer import convert_tokenizer
from tests.support.extended_tokenizers import write_texts
from tests.support.mirror_lines import (
    ALPACA,
    RAW,
    SIZES,
    english_lines,
    extend,
    foreign_lines,
    without,
)
from tests.support.pieces import load_pieces
from tests.support.tiny_study import CACHE

# LLaMA's own tokenizer.model, as karpathy/llama2.c keeps it, and what Chinese-LLaMA merges with it.
LLAMA = RAW / "karpathy/llama2.c/350e04fe35433e6d2941dce5a1f53308f87058eb/tokenizer.model"
CHINESE = (
    RAW / "ymcui/Chinese-LLaMA-Alpaca/090475fbebcca06af2ae52c5227fe1617e22072a"
    "/scripts/merge_tokenizer/chinese_sp.model"
)
# Apache-2.0; the wheel carries the tokenizer.model of Mistral 7B.
MISTRAL = "pypi:mistral-common==1.13.1#mistral_common/data/tokenizer.model.v1"
MISTRAL_SHA256 = "98b4d0755b8d90bf4691fa8f1b70cb3b4a8cd4dc1653c4ed08ef3d1c7d2c29af"
TRAPS = ["  two  spaces ", *(" " * n + "x" + "\t" * n for n in range(64)), "▁a▁▁b", "<0x41>\x00"]
needs_mirror = pytest.mark.skipif(
    not (LLAMA.is_file() and CHINESE.is_file() and ALPACA.is_file()),
    reason="LINGRAFT_MIRROR does not name a folder with LLaMA's tokenizer and the benchmarks",
)
pytestmark = needs_mirror


@pytest.fixture(scope="module")
def english() -> list[str]:
    return english_lines()


@pytest.fixture(scope="module")
def foreign() -> dict[str, list[str]]:
    return foreign_lines()


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
    return {name: extend(base, folder / name, *options) for name, base in bases.items()}


def count_changed(lines: list[str], base: Path, extended: Path) -> int:
    """Return how many lines get other ids from the extended tokenizer."""
    ids = zip(load_pieces(base).encode(lines), load_pieces(extended).encode(lines), strict=True)
    return sum(old != new for old, new in ids)


def test_chinese_llamas_pieces_make_49953_with_llamas(bases, english, tmp_path):
    options = ["--language=zh=all", f"--model=zh={CHINESE}"]
    everything = extend(bases["llama"], tmp_path / "all", *options, "--policy=zh=all")
    script = extend(bases["llama"], tmp_path / "script", *options)
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
