"""What holds of all tests of inference."""

import pytest


@pytest.fixture(autouse=True)
def no_bf16(monkeypatch):
    """Let ``auto`` be float32 on every processor: what is computed in two ways is compared."""
    monkeypatch.setenv("ONEDNN_MAX_CPU_ISA", "AVX512_CORE")
