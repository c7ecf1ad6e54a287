"""Copies of finished files come back for the same fingerprint, all of them or none."""

from scripts.common.kept import keep, kept_path, restore
from tests.support.damage import flip_byte


def write(folder):
    """Write two finished files and keep them, then delete them as Snakemake does."""
    paths = [folder / "a.jsonl", folder / "a.jsonl.meta.json"]
    for number, path in enumerate(paths):
        path.write_bytes(b"%d\nline\n\xff" % number)
    keep(paths, "mark")
    contents = [path.read_bytes() for path in paths]
    for path in paths:
        path.unlink()
    return paths, contents


def test_the_same_bytes_come_back(tmp_path):
    paths, contents = write(tmp_path)
    assert restore(paths, "mark")
    assert [path.read_bytes() for path in paths] == contents


def test_another_fingerprint_or_a_lost_copy_gives_nothing(tmp_path):
    paths, _ = write(tmp_path)
    assert not restore(paths, "mar") and not restore(paths, "other")
    kept_path(paths[1]).unlink()
    assert not restore(paths, "mark")
    assert not any(path.exists() for path in paths)


def test_a_damaged_copy_gives_nothing(tmp_path):
    paths, _ = write(tmp_path)
    flip_byte(kept_path(paths[0]), kept_path(paths[0]).stat().st_size - 2)
    assert not restore(paths, "mark")
