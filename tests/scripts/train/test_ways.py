"""The fastest exact way of training is taken among those that run and device leave open."""

import pytest

from scripts.common.errors import InputError
from scripts.train import ways
from scripts.train.ways import Way, choose_way
from tests.support.architectures import make_config


@pytest.fixture
def folder(tmp_path):
    def write(name: str):
        make_config(name).save_pretrained(tmp_path / name)
        return tmp_path / name

    return write


@pytest.mark.parametrize(
    ("name", "attention", "device", "expected"),
    [
        ("llama", "auto", "cpu", Way("segments")),
        ("llama", "auto", "cuda", Way("sdpa")),
        ("mistral", "auto", "cpu", Way("sdpa")),  # segments know no window
        ("gemma2", "auto", "cuda", Way("eager")),  # whose scores are bounded
        ("opt", "auto", "cpu", Way("segments")),
        ("opt", "sdpa", "cpu", Way("sdpa", True)),  # its mask knows nothing of packing
        ("bloom", "auto", "cpu", Way("eager", True)),
        ("lfm2", "auto", "cuda", Way("sdpa", True)),
    ],
)
def test_the_fastest_exact_way_is_taken(folder, name, attention, device, expected):
    assert choose_way(attention, folder(name), "fp32", device) == expected


def test_what_is_not_exact_is_refused_with_the_figure(folder, monkeypatch):
    with pytest.raises(InputError, match=r"run\.attention: segments is not exact for mistral"):
        choose_way("segments", folder("mistral"), "fp32", "cpu")
    monkeypatch.setattr(ways, "measure_packing", lambda config: {"sdpa": 2e-3, "eager": "no mask"})
    line = r"no way of training llama is exact \(sdpa differs by 2\.0e-03, eager: no mask\)"
    with pytest.raises(InputError, match=line):
        choose_way("auto", folder("llama"), "fp32", "cpu")


def test_flash_attention_counts_as_measured_by_pytorchs_own(folder, monkeypatch):
    monkeypatch.setattr(ways, "is_flash_attn_2_available", lambda: True)
    llama, lfm2 = folder("llama"), folder("lfm2")
    assert choose_way("auto", llama, "bf16", "cuda") == Way("flash_attention_2")
    assert choose_way("auto", lfm2, "bf16", "cuda") == Way("flash_attention_2", True)
    assert choose_way("auto", llama, "fp32", "cuda") == Way("sdpa")
