"""Mounts that only this process, and all it starts, see; they end with it. Linux, as root."""

import ctypes

NEW_MOUNTS, PRIVATE, BIND = 0x20000, 0x4000 | 0x40000, 0x1000  # of unshare(2) and mount(2)


def enter_mounts() -> bool:
    """Give this process, and all it starts, mounts of its own; tell whether it may."""
    library = ctypes.CDLL(None, use_errno=True)
    return library.unshare(NEW_MOUNTS) == 0 and mount("none", "/", PRIVATE)


def mount(source: str, place: str, flags: int = 0, kind: str = "", options: str = "") -> bool:
    """Mount as mount(2) does; tell whether it was permitted."""
    library = ctypes.CDLL(None, use_errno=True)
    words = [text.encode() or None for text in (source, place, kind, options)]
    return library.mount(words[0], words[1], words[2], ctypes.c_ulong(flags), words[3]) == 0
