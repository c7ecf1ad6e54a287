"""Where a server listens, who may reach it, and what is printed of that."""

import errno
import ipaddress
import os
import socket
from collections.abc import Sequence

from scripts.common.errors import InputError
from scripts.common.escapes import clean_line
from scripts.study.chat_file import ChatFile

PASSWORD = "LINGRAFT_PASSWORD"
TRIED = 100  # ports after the default one
LAST = 2**16 - 1


def is_loopback(host: str) -> bool:
    """Tell whether an address can be reached from this machine alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def find_password(host: str) -> str | None:
    """Return the password that the environment has; None where it has none and none is needed.

    Raises:
        InputError: if others could reach the server without one.
    """
    password = os.environ.get(PASSWORD) or None
    if password is None and not is_loopback(host):
        raise InputError(
            f"--host {host}: others could reach it; set a password in ${PASSWORD}, or leave it out"
        )
    return password


def listen(host: str, port: int | None, default: int) -> socket.socket:
    """Return a socket that listens at a port; None: the default, or the next one that is free.

    Raises:
        InputError: if the port is in use, or the address is not this machine's.
    """
    if port and port > LAST:
        raise InputError(f"--port {port}: expected at most {LAST}")
    wanted = [port] if port else range(default, default + TRIED)
    for one in wanted:
        try:
            family, kind, protocol, _, place = socket.getaddrinfo(
                host, one, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
            )[0]
            found = socket.socket(family, kind, protocol)
            found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            found.bind(place)
            found.listen()
            return found
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise InputError(f"--host {host} --port {one}: {error}") from None
    last = f"{wanted[0]}" if port else f"{default} to {default + TRIED - 1}"
    raise InputError(f"--port {last}: in use; choose another one")


def tell_address(found: socket.socket, names: Sequence[str], study: ChatFile | None) -> str:
    """Return what is printed when a server listens: its models, its address, how to end it."""
    host, port = found.getsockname()[:2]
    if ipaddress.ip_address(host).is_unspecified:
        host = socket.gethostname()
    shown = f"[{host}]" if ":" in host else host
    main = study.main if study else None
    models = ", ".join(clean_line(name) + " (main)" * (name == main) for name in names)
    title = f" of {clean_line(study.study)}" if study else ""
    return f"models{title}: {models}\naddress: http://{shown}:{port} (Ctrl-C ends it)"
