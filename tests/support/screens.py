"""What a terminal shows: `pyte` draws what a program writes, also one that runs in it.

with Terminal(["python", "-i"], folder, columns=40) as terminal:
    terminal.wait(">>>")
    terminal.type("1 + 1\r")
    print(terminal.wait("\\n2\\n"))
"""

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pyte

CTRL_C, CTRL_D, UP, ALT_ENTER = "\x03", "\x04", "\x1b[A", "\x1b\r"
PASTE = "\x1b[200~{}\x1b[201~"


def show(written: bytes, columns: int = 80, lines: int = 24) -> str:
    """Return the screen of a new terminal after bytes were written to it."""
    screen = pyte.Screen(columns, lines)
    pyte.ByteStream(screen).feed(written)
    return read_screen(screen)


def read_screen(screen: pyte.Screen) -> str:
    """Return a screen's text, without the blanks at the ends of lines and below the last one."""
    return "\n".join(line.rstrip() for line in screen.display).rstrip("\n")


class Terminal:
    """A program in a terminal of its own, as a person has it.

    Attributes:
        written: all bytes that the program wrote.
        screen: what is seen of them.
    """

    def __init__(
        self,
        words: list[str],
        folder: Path,
        columns: int = 80,
        lines: int = 40,
        environment: Mapping[str, str] = os.environ,
    ) -> None:
        self.screen = pyte.Screen(columns, lines)
        self.stream, self.written = pyte.ByteStream(self.screen), b""
        self.place, slave = pty.openpty()
        self.resize(columns, lines)
        # A program asks where the cursor is; the reply comes not in the middle of what is pasted.
        self.replies: list[str] = []
        self.screen.write_process_input = self.replies.append
        self.process = subprocess.Popen(
            words, cwd=folder, stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
            env={**environment, "TERM": "xterm-256color"},
        )  # fmt: skip
        os.close(slave)

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self.place)

    def resize(self, columns: int, lines: int) -> None:
        """Change the window."""
        self.screen.resize(lines, columns)
        fcntl.ioctl(self.place, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def type(self, text: str) -> None:
        """Press keys."""
        data = text.encode("utf-8", "surrogateescape")
        while data:
            data = data[os.write(self.place, data[:512]) :]
            self.draw(0.01)
        self.reply()

    def read(self, seconds: float) -> bool:
        """Do as `draw`, and reply to what the program asks."""
        drawn = self.draw(seconds)
        self.reply()
        return drawn

    def reply(self) -> None:
        """Reply to what the program asked."""
        while self.replies:
            os.write(self.place, self.replies.pop(0).encode())

    def draw(self, seconds: float) -> bool:
        """Draw what the program writes within so many seconds; tell whether it wrote anything."""
        if not select.select([self.place], [], [], seconds)[0]:
            return False
        try:
            data = os.read(self.place, 65536)
        except OSError:  # it has ended
            return False
        self.written += data
        self.stream.feed(data)
        return bool(data)

    @property
    def text(self) -> str:
        """Return what is seen."""
        return read_screen(self.screen)

    def wait(self, wanted: str | Callable[[str], bool], seconds: float = 60) -> str:
        """Return the screen once it shows a text, or as it should be.

        Raises:
            AssertionError: with the screen, if it does not in time.
        """
        shows = wanted if callable(wanted) else lambda text: wanted in text
        end = time.monotonic() + seconds
        while not shows(self.text):
            if time.monotonic() > end:
                raise AssertionError(f"{wanted!r} is not shown:\n{self.text}")
            if not self.read(0.2) and self.process.poll() is not None:
                assert shows(self.text), f"it has ended:\n{self.text}"
        return self.text

    def settle(self, seconds: float = 0.5) -> str:
        """Return the screen when nothing was written for so long."""
        while self.read(seconds):
            pass
        return self.text

    def interrupt(self) -> None:
        """Send the signal that another program sends to stop this one."""
        os.killpg(self.process.pid, signal.SIGINT)

    def end(self, seconds: float = 20) -> int:
        """Return the exit status once the program has ended."""
        end = time.monotonic() + seconds
        while self.process.poll() is None and time.monotonic() < end:
            self.read(0.1)
        self.settle(0.05)
        return self.process.wait(timeout=1)
