"""Environments keep equal large files once."""

import os

import pytest

from scripts.environments.share_files import LARGE, share_files


@pytest.fixture
def environments(tmp_path):
    """Three environments with one large file each."""
    folders = [tmp_path / name for name in "abc"]
    for folder, byte in zip(folders, b"xxy", strict=True):
        (folder / "lib").mkdir(parents=True)
        (folder / "lib" / "torch.so").write_bytes(bytes([byte]) * LARGE)
        (folder / "lib" / "small.py").write_text("x")
    return folders


def test_equal_files_become_one_and_others_stay(environments):
    first, second, third = environments
    assert share_files(second, [third, first, first / "none"]) == LARGE
    assert (second / "lib/torch.so").samefile(first / "lib/torch.so")
    assert (second / "lib/torch.so").read_bytes() == b"x" * LARGE
    assert not (second / "lib/small.py").samefile(first / "lib/small.py")
    assert (third / "lib/torch.so").read_bytes() == b"y" * LARGE


def test_without_links_each_keeps_its_own(environments, monkeypatch):
    def refuse(*names):
        raise OSError("another file system")

    monkeypatch.setattr(os, "link", refuse)
    first, second, _ = environments
    assert share_files(second, [first]) == 0
    assert sorted(path.name for path in (second / "lib").iterdir()) == ["small.py", "torch.so"]
