"""Old checkpoints make room for new ones, and nothing else does."""

from scripts.train.checkpoints import open_folder


def test_only_folders_of_other_fingerprints_are_deleted(tmp_path):
    """Else ``--checkpoints ~`` would empty a home."""
    digest, old = "0123456789abcdef", "fedcba9876543210"
    for name in (digest, old, "thesis", "0123"):
        (tmp_path / name).mkdir()
    assert open_folder(tmp_path, digest) == tmp_path / digest
    assert {path.name for path in tmp_path.iterdir()} == {digest, "thesis", "0123"}
