"""An answer while it comes: what a model's thread tells, for a handler that shows it."""

from collections.abc import Iterator
from dataclasses import dataclass
from threading import Event, Thread

from scripts.infer.chat.conversation import Conversation
from scripts.infer.chat.speaker import Reply, Settings, Speaker

PAUSE = 0.1  # seconds between two updates of the page


@dataclass
class Teller:
    """What a model's thread has told: the text so far, then its reply or what went wrong."""

    text: str = ""
    reply: Reply | None = None
    error: BaseException | None = None

    def tell(self, text: str) -> None:
        """Take the text so far."""
        self.text = text


def stream_answer(
    speaker: Speaker, conversation: Conversation, settings: Settings, stop: Event, name: str = ""
) -> Iterator[str | Reply]:
    """Yield an answer's text whenever it has grown, then the reply.

    The model's thread ends within a token when `stop` is set, or when nobody listens any more.

    Raises:
        InputError: as from `Speaker.answer`.
    """
    teller, left = Teller(), Event()

    def work() -> None:
        try:
            teller.reply = speaker.answer(
                conversation,
                settings,
                teller.tell,
                lambda: not (stop.is_set() or left.is_set()),
                name,
            )
        except BaseException as error:
            teller.error = error

    thread = Thread(target=work, daemon=True)
    thread.start()
    try:
        yield from watch(teller, thread)
    finally:
        left.set()
        thread.join()
    if teller.error:
        raise teller.error
    assert teller.reply
    yield teller.reply


def watch(teller: Teller, thread: Thread) -> Iterator[str]:
    """Yield each text that a model's thread tells, a few a second, until it ends."""
    shown = ""
    while thread.is_alive():
        thread.join(PAUSE)
        if teller.text != shown:
            shown = teller.text
            yield shown
