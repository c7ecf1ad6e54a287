"""A bill of materials has what its lock has, fits CycloneDX's schema, and needs no network."""

import json
import re
import subprocess
import sys

import pytest

from scripts.common.errors import InputError
from scripts.common.files import ROOT, read_json, write_json
from scripts.environments import write_bom
from scripts.environments.containers import MAIN
from scripts.environments.locks import environment_names

# The library's own check; the program that wrote the bills made it too, or says that it did.
VALIDATE = """
import sys
from pathlib import Path
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

for path in sys.argv[1:]:
    print(JsonStrictValidator(SchemaVersion.V1_6).validate_str(Path(path).read_text()) is None)
"""
OFFLINE = """
import sys
from tests.support.networks import leave_network

print("cut off" if leave_network() else "not allowed to", file=sys.stderr)
from scripts.environments import write_bom

write_bom.main(write_bom.parser().parse_args(sys.argv[1:]))
"""


@pytest.fixture(scope="module")
def program():
    """The tool in its environment, which lasts between runs."""
    try:
        return write_bom.install_tool()
    except InputError as error:
        pytest.skip(f"cyclonedx-py cannot be installed: {error}")


@pytest.fixture(scope="module")
def bills(program, tmp_path_factory):
    """The folder of all bills, written without a network where the process may leave it."""
    folder = tmp_path_factory.mktemp("bills")
    command = [sys.executable, "-c", OFFLINE, "--output", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == len(write_bom.bom_names())
    return folder


def read(folder, name):
    return read_json(folder / f"{name}.cdx.json")


def test_there_is_one_of_each_lock_that_a_study_installs(bills):
    names = {path.name.removesuffix(".cdx.json") for path in bills.iterdir()}
    assert names == {MAIN, "page", *environment_names()}


@pytest.mark.parametrize("name", write_bom.bom_names())
def test_it_has_the_versions_and_hashes_of_the_lock(bills, name):
    text = re.sub(r" *\\\n +", " ", write_bom.pins_of(name))
    lines = [line for line in text.splitlines() if line[:1].isalnum()]
    expected = {
        line.split("==")[0]: (
            re.split("==|[ ;]", line)[1],
            set(re.findall(r"--hash=sha256:([0-9a-f]{64})", line)),
        )
        for line in lines
    }
    found = {}
    for one in read(bills, name)["components"]:
        files = [entry for entry in one["externalReferences"] if entry["type"] == "distribution"]
        hashes = [digest for entry in files for digest in entry.get("hashes", [])]
        assert {digest["alg"] for digest in hashes} <= {"SHA-256"}
        found[one["name"]] = (one["version"], {digest["content"] for digest in hashes})
        assert one["purl"] == f"pkg:pypi/{one['name']}@{one['version']}"
    assert found == expected
    without = {package for package, (_, hashes) in found.items() if not hashes}
    assert without == (set() if name == "page" else {"torch"})


def validate(program, *paths):
    python = program.with_name("python")
    done = subprocess.run([python, "-c", VALIDATE, *paths], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_it_fits_the_schema_that_the_library_brings(program, bills, tmp_path):
    paths = sorted(bills.iterdir())
    assert validate(program, *paths) == ["True"] * len(paths)
    bill = read(bills, "bleurt")
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    assert bill["metadata"]["component"]["name"] == "lingraft"
    del bill["components"][0]["name"]
    write_json(tmp_path / "x.json", bill)
    assert validate(program, tmp_path / "x.json") == ["False"]


def test_two_runs_give_the_same_bytes(bills, tmp_path):
    write_bom.main(write_bom.parser().parse_args(["page", "--output", str(tmp_path)]))
    name = "page.cdx.json"
    assert (tmp_path / name).read_bytes() == (bills / name).read_bytes()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("toy\n", "x: 'toy' in its lock, expected name==version"),
        ("toy==1\nnonsense ===\n", "x: 'nonsense ===' in its lock, expected name=="),
        ("toy==1\n-r other.txt\n", "x: '-r other.txt' in its lock"),
        ("toy==1 --hash=sha256:zz\n", "x: cyclonedx-py could not write its bill: "),
    ],
)
def test_a_lock_that_is_none_is_one_line(program, tmp_path, text, told):
    with pytest.raises(InputError, match=f"^{re.escape(told)}") as error:
        write_bom.write_bom(program, "x", text, tmp_path / "x.json")
    assert "\n" not in str(error.value)


def test_a_package_that_the_bill_lacks_is_told(tmp_path):
    program = tmp_path / "cyclonedx-py"
    bill = json.dumps({"components": [{"name": "toy", "version": "1"}]})
    program.write_text(
        f"#!/bin/sh\nfor last; do file=$other; other=$last; done\necho '{bill}'>$file"
    )
    program.chmod(0o755)
    write_bom.write_bom(program, "x", "toy==1\n", tmp_path / "x.json")
    with pytest.raises(InputError, match=r"^x: its bill is not its lock: other==2$"):
        write_bom.write_bom(program, "x", "toy==1\nother==2\n", tmp_path / "x.json")


def test_an_unknown_name_is_one_line():
    with pytest.raises(InputError, match=r"^no lock 'commet'; did you mean 'comet'"):
        write_bom.main(write_bom.parser().parse_args(["commet"]))
