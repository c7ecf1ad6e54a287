"""The files that the registry names have addresses that hold on every machine."""

import pytest
import yaml

from scripts.common.errors import InputError
from scripts.common.files import ROOT
from scripts.study.registry import Registry

SHA = "0" * 64
BAD = ["https://../x", "https://me:secret@host/x", "/home/me/x", "~/x", "path:x"]


@pytest.fixture
def registry(tmp_path):
    """Return the registry with changes of the first file that one of its own files names."""

    def change(file, **changes):
        for path in (ROOT / "registry").glob("*.yaml"):
            entries = yaml.safe_load(path.read_text(encoding="utf-8"))
            if path.stem == file:
                first_file(entries).update(changes)
            (tmp_path / path.name).write_text(yaml.safe_dump(entries, allow_unicode=True))
        return Registry(tmp_path)

    return change


def first_file(entries):
    """Return the first mapping with a url, anywhere in a file of the registry."""
    for value in entries.values() if isinstance(entries, dict) else entries:
        if isinstance(value, dict) and "url" in value and "hf:" not in value["url"]:
            return value
        found = first_file(value) if isinstance(value, dict | list) else None
        if found:
            return found
    return None


@pytest.mark.parametrize("url", BAD)
@pytest.mark.parametrize("key", ["url", "mirrors"])
@pytest.mark.parametrize("file", ["datasets", "models", "metrics", "reviews"])
def test_no_address_leads_outside_or_holds_for_one_machine(registry, file, key, url):
    with pytest.raises(InputError, match=rf"^registry/{file}\.yaml: .*source ") as error:
        registry(file, **{key: url if key == "url" else [url], "sha256": SHA})
    assert "\n" not in str(error.value) and "secret" not in str(error.value)


@pytest.mark.parametrize("file", ["datasets", "models", "metrics", "reviews"])
def test_mirrors_need_a_digest(registry, file):
    registry(file, mirrors=["https://a.org/x", "manual:x.bin"], sha256=SHA)
    with pytest.raises(InputError, match=rf"^registry/{file}\.yaml: .*'sha256' is needed beside"):
        registry(file, mirrors=["https://a.org/x"], sha256=None)


def test_a_folder_has_no_mirrors(registry):
    with pytest.raises(InputError, match="manual:x: a folder, expected a file beside 'mirrors'"):
        registry("models", url="manual:x", mirrors=["https://a.org/x"], sha256=SHA)
    with pytest.raises(InputError, match="manual:x: a folder"):
        registry("models", mirrors=["manual:x"], sha256=SHA)


def test_mirrors_are_a_list(registry):
    with pytest.raises(InputError, match=r"mirrors: found 'https.*expected a list of other"):
        registry("datasets", mirrors="https://a.org/x")
