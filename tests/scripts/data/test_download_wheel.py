"""A wheel comes by pip, into the folder that it is for, or one line says why not."""

import hashlib
import os
import shutil
import sys
import threading
import zipfile

import pytest

from scripts.common import limits
from scripts.common.errors import InputError
from scripts.data.download_wheel import size_of


def test_wheel_comes_by_pip_with_the_users_settings(get, tmp_path, monkeypatch):
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    wheel = write_wheel(shelf / "tiny_pack-1.0-py3-none-any.whl")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(shelf))
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    get("pypi:tiny-pack==1.0#**/*.po", tmp_path / "out.whl", digest=digest)
    assert (tmp_path / "out.whl").read_bytes() == wheel.read_bytes()
    with pytest.raises(InputError, match=r"tiny-pack==2\.0: pip could not"):
        get("pypi:tiny-pack==2.0", tmp_path / "two.whl", digest=digest)


def write_wheel(path):
    with zipfile.ZipFile(path, "w") as archive:
        info = "tiny_pack-1.0.dist-info"
        archive.writestr(
            f"{info}/METADATA", "Metadata-Version: 2.1\nName: tiny-pack\nVersion: 1.0\n"
        )
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return path


@pytest.mark.parametrize("works", ["sleep", "trickle"])
def test_a_pip_that_brings_next_to_nothing_is_stopped(get, tmp_path, monkeypatch, works):
    slow = tmp_path / "slow"
    slow.write_text(
        f"#!{sys.executable}\nimport os, time\n"
        "place = os.environ['TMPDIR'] + '/part'\n"
        "for _ in range(200):\n"
        f"    {works == 'trickle'} and print('x', file=open(place, 'a'))\n"
        "    time.sleep(0.1)\n"
    )
    slow.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(slow))
    monkeypatch.setattr(limits, "PIP_SILENCE", 1)
    with pytest.raises(InputError, match=r"^pypi:x==1: pip brought next to nothing in 1 seconds"):
        get("pypi:x==1", tmp_path / "raw/x.whl")
    assert not os.listdir(tmp_path / "raw")


def test_the_size_of_a_folder_is_told_while_its_files_and_folders_vanish(tmp_path):
    ended = threading.Event()

    def work():
        while not ended.is_set():
            for name in ("a/b", "c/d", "e/f"):
                (tmp_path / "works" / name).mkdir(parents=True)
                (tmp_path / "works" / name / "file").write_bytes(b"12")
            shutil.rmtree(tmp_path / "works")

    (tmp_path / "stays").write_bytes(b"123")
    worker = threading.Thread(target=work)
    worker.start()
    try:
        sizes = {size_of(tmp_path) for _ in range(1000)}
    finally:
        ended.set()
        worker.join()
    assert sizes <= {3, 5, 7, 9} and size_of(tmp_path) == 3
