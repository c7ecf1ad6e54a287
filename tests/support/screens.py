"""What a terminal shows: `pyte` draws what a program writes."""

import pyte


def show(written: bytes, columns: int = 80, lines: int = 24) -> str:
    """Return the screen of a new terminal after bytes were written to it."""
    screen = pyte.Screen(columns, lines)
    pyte.ByteStream(screen).feed(written)
    return read_screen(screen)


def read_screen(screen: pyte.Screen) -> str:
    """Return a screen's text, without the blanks at the ends of lines and below the last one."""
    return "\n".join(line.rstrip() for line in screen.display).rstrip("\n")
