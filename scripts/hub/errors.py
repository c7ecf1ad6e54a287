"""What the hub's client raises, as one line that says what to do and never holds the token."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx2
from huggingface_hub import constants, errors, get_token

from scripts.common.errors import InputError, shorten
from scripts.study.hub import HubRepository


class UnreachableError(InputError):
    """The hub cannot be asked: there is no network, or none is wanted (HF_HUB_OFFLINE)."""


@contextmanager
def one_line(asked: HubRepository, commit: str = "") -> Iterator[None]:
    """Raise `InputError` for whatever the client raises inside the block.

    Args:
        asked: what is asked for, for messages.
        commit: the commit that is asked for in the place of its revision.
    """
    try:
        yield
    except (InputError, MemoryError):
        raise
    except Exception as error:
        # Not `from error`: a traceback in a log would show what was sent.
        raise explain(error, asked, commit) from None


def page(asked: HubRepository) -> str:
    """Return the address of a repository's page."""
    folder = constants.REPO_TYPES_URL_PREFIXES.get(asked.type, "")  # models are at the top
    return f"{constants.ENDPOINT}/{folder}{asked.repository}"


def explain(error: BaseException, asked: HubRepository, commit: str = "") -> InputError:
    """Return the error as one line."""
    told = facts(asked) | ({"revision": commit} if commit else {})
    if isinstance(error, errors.LocalEntryNotFoundError) and error.__cause__:
        error = error.__cause__
    for kind, line in LINES.items():
        if isinstance(error, kind):
            return InputError(f"{asked}: {line.format(page=page(asked), **told)}")
    if is_unreachable(error):
        return UnreachableError(f"{asked}: {describe_unreachable(error)}, and {describe_cache()}")
    if isinstance(error, errors.HfHubHTTPError):
        return InputError(f"{asked}: {describe_status(error.response.status_code, asked)}")
    if isinstance(error, OSError) and error.strerror:
        place = error.filename or constants.HF_HUB_CACHE
        return InputError(f"{asked}: {place}: {error.strerror}; HF_HOME says where the cache is")
    return InputError(f"{asked}: {hide_token(shorten(first_line(error), 200))}")


def facts(asked: HubRepository) -> dict[str, str]:
    """Return what lines name: the endpoint, the revision, and whether a token was sent."""
    token = "the token that was sent may not read it" if get_token() else SEND
    return {"hub": constants.ENDPOINT, "revision": asked.revision, "token": token}


SEND = "no token was sent (HF_TOKEN, or `hf auth login`)"
# Subclasses before their bases: a gated repository is one that is not found, too.
LINES: dict[type[BaseException], str] = {
    errors.GatedRepoError: "its authors give access on request: ask at {page}; {token}",
    errors.DisabledRepoError: "{page} has been disabled",
    errors.RepositoryNotFoundError: (
        "found no such repository at {hub}, or it is a private one: see {page}; {token}"
    ),
    errors.RevisionNotFoundError: (
        "found no revision {revision!r}, expected a branch, tag or commit of {page}"
    ),
    errors.HFValidationError: "no repository can have that name, expected hf:org/name",
    httpx2.UnsupportedProtocol: "HF_ENDPOINT is {hub!r}, expected https:// and a hub's name",
    errors.FileMetadataError: "{hub} does not answer as a hub does; check HF_ENDPOINT",
}


def is_unreachable(error: BaseException) -> bool:
    """Tell whether no answer came, or none but that the server fails."""
    if isinstance(error, errors.HfHubHTTPError):
        return error.response.status_code >= 500
    return isinstance(error, errors.OfflineModeIsEnabled | httpx2.TransportError)


def describe_unreachable(error: BaseException) -> str:
    """Return why no answer came."""
    if isinstance(error, errors.OfflineModeIsEnabled):
        return "HF_HUB_OFFLINE is set"
    if isinstance(error, errors.HfHubHTTPError):
        return f"{constants.ENDPOINT} answered {error.response.status_code}"
    reason = hide_token(shorten(first_line(error), 100))
    return f"{constants.ENDPOINT} cannot be reached ({reason})"


def describe_cache() -> str:
    """Return where the files were looked for."""
    return f"not all of its files are in the cache {constants.HF_HUB_CACHE}"


def describe_status(status: int, asked: HubRepository) -> str:
    """Return what a status means that has no error of its own."""
    if status in (401, 403):  # what there is not, and what one may not see
        return LINES[errors.RepositoryNotFoundError].format(page=page(asked), **facts(asked))
    if status == 429:
        return f"{constants.ENDPOINT} answered 429, too many requests; with HF_TOKEN it takes more"
    return f"{constants.ENDPOINT} answered {status}"


def first_line(error: BaseException) -> str:
    """Return an error's text up to the first line's end, or its name."""
    return next(iter(str(error).strip().splitlines()), "") or type(error).__name__


def hide_token(text: str) -> str:
    """Return a text without the token, whatever has put it there."""
    token = get_token()
    return text.replace(token, "…") if token else text
