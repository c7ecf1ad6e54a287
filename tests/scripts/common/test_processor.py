"""Which processors have fast instructions for bf16."""

import pytest
import torch

from scripts.common import processor

GENOA = """\
processor : 0
vendor_id\t: AuthenticAMD
flags\t\t: fpu avx2 avx512f avx512_bf16 avx512_vnni
bugs\t\t: none
"""
SAPPHIRE_RAPIDS = "vendor_id\t: GenuineIntel\nflags : fpu avx512f avx512_bf16 amx_bf16 amx_tile\n"
WITHOUT_TILES = "vendor_id\t: GenuineIntel\nflags\t\t: fpu avx512f avx512_bf16 avx512_fp16\n"
SKYLAKE = "flags : fpu avx2 avx512f avx512bw\n"
ARM = "Features\t: fp asimd bf16\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (GENOA, True),
        (SAPPHIRE_RAPIDS, True),
        (WITHOUT_TILES, False),
        (SKYLAKE, False),
        (ARM, False),
        (None, False),
    ],
)
def test_a_cpu_has_fast_bf16_if_linux_says_so(tmp_path, monkeypatch, text, expected):
    path = tmp_path / "cpuinfo"
    if text:
        path.write_text(text)
    monkeypatch.setattr(processor, "CPUINFO", path)
    assert processor.has_bf16("cpu") == expected


@pytest.mark.parametrize(
    ("limit", "expected"), [("AVX512_CORE", False), ("avx2", False), ("ALL", True), ("", True)]
)
def test_instructions_that_onednn_must_not_use_do_not_count(tmp_path, monkeypatch, limit, expected):
    path = tmp_path / "cpuinfo"
    path.write_text(GENOA)
    monkeypatch.setattr(processor, "CPUINFO", path)
    monkeypatch.setenv("ONEDNN_MAX_CPU_ISA", limit)
    assert processor.has_bf16("cpu") == expected


def test_a_gpu_that_only_emulates_bf16_has_none(monkeypatch):
    monkeypatch.setattr(
        torch.cuda, "is_bf16_supported", lambda including_emulation=True: including_emulation
    )
    assert not processor.has_bf16("cuda")
