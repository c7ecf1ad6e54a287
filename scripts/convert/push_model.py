"""Publish a released model in a repository of the hub; nothing else ever does.

In: a folder of `release_model`. Out: a commit in the repository, which is made private unless
`--public` is said, and its address. Where the hub is, and who asks, is `huggingface_hub`'s own
matter: HF_ENDPOINT, and the token of HF_TOKEN or of `hf auth login`, which is written nowhere here.

The folder's files are compared with its SHA256SUMS before anything is sent.

    python -m scripts.convert.push_model --release results/release/billa-zh \\
        --repository my-name/billa-zh
"""

import argparse
import re
from pathlib import Path

import httpx2
from huggingface_hub import HfApi, constants
from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalTokenNotFoundError

from scripts.common.command import log, make_parser, run
from scripts.common.errors import InputError, shorten
from scripts.common.files import read_text, sha256
from scripts.convert.release_model import SUMS

WEIGHTS = ["*.safetensors", "*.safetensors.index.json"]
MARKER = ".snakemake_timestamp"  # which Snakemake leaves in a folder that a rule has made
NAME = re.compile(r"[\w.-]+/[\w.-]+")


def main(arguments: argparse.Namespace) -> None:
    """Check the folder, make the repository and commit; print where it is."""
    folder, repository = arguments.release, arguments.repository
    if not NAME.fullmatch(repository):
        raise InputError(f"--repository: found {repository!r}, expected organisation/name")
    check_sums(folder)
    api = HfApi()
    try:
        api.create_repo(repository, private=not arguments.public, exist_ok=True)
        done = api.upload_folder(
            repo_id=repository,
            folder_path=folder,
            commit_message=f"Release of {folder.name}",
            ignore_patterns=[MARKER],
            delete_patterns=WEIGHTS,  # those of an earlier release that are not in this one
        )
    except HFValidationError as error:
        raise InputError(f"--repository: {shorten(str(error), 200)}") from None
    except LocalTokenNotFoundError:
        raise InputError("found no token; set HF_TOKEN, or run `hf auth login`") from None
    except (HfHubHTTPError, httpx2.HTTPError, OSError) as error:
        raise InputError(explain(error, repository)) from None
    log.info("%s: commit %s", repository, done.oid)
    print(f"{api.endpoint}/{repository}")


def check_sums(folder: Path) -> None:
    """Raise `InputError` unless the files are those that `release_model` wrote, and all of them."""
    lines = read_text(folder / SUMS, "a folder of release_model").splitlines()
    expected = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
    found = {file.name for file in folder.iterdir()} - {SUMS, MARKER}
    if other := sorted(found ^ expected.keys()):
        state = "is not in it" if other[0] in found else "is missing"
        raise InputError(f"{folder}/{SUMS}: {other[0]} {state}; release the model again")
    for name, digest in expected.items():
        if sha256(folder / name) != digest:
            raise InputError(f"{folder}/{name}: not as in {SUMS}; release the model again")


def explain(error: Exception, repository: str) -> str:
    """Return why the hub refused, in one line and without the token, which no message holds."""
    response = getattr(error, "response", None)
    status = getattr(response, "status_code", None)
    if status in (401, 403):
        return (
            f"{repository}: the hub refuses ({status}); expected a token that may write there, in "
            "HF_TOKEN or by `hf auth login`"
        )
    told = shorten(" ".join(str(error).split()), 200)
    return f"{repository}: not published at {constants.ENDPOINT} ({told})"


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    options = make_parser("convert.push_model", __doc__)
    options.add_argument("--release", type=Path, required=True, help="folder of release_model")
    options.add_argument("--repository", required=True, help="organisation/name")
    options.add_argument("--public", action="store_true", help="for everybody to see (private)")
    return options


if __name__ == "__main__":
    run(main, parser())
