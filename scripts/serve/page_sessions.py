"""What the page remembers of each browser tab, on the server: nothing of it comes from outside."""

from collections import OrderedDict
from dataclasses import dataclass, field, replace
from threading import Event, Lock

from scripts.common.errors import InputError
from scripts.infer.chat.conversation import Conversation
from scripts.infer.chat.speaker import Reply, Settings
from scripts.study.ratings import Question, Spoken


@dataclass
class Answered:
    """Answers to a question, one or two, that may be rated.

    Attributes:
        id: of the rating.
        settings: with which they were given.
        answers: in the order in which they are shown.
        seed: that drew two models and their order, from the models `drawn_from`.
        vote: what the person said; empty until then.
    """

    id: str
    question: Question
    settings: Settings
    answers: tuple[Spoken, ...]
    seed: int = 0
    drawn_from: tuple[str, ...] = ()
    vote: str = ""


@dataclass(eq=False)
class Session:
    """A tab.

    Attributes:
        conversation: whose last turn is unanswered only while its answer comes.
        models: that answered, one a turn.
        notes: how long each answer is and took.
        tries: how often the last question has been answered before.
        answered: the last answer, to be rated.
        duel: two answers of which the better one is to be told.
        ticket: the last one of those by which the tab waits for an answer.
        waiting: that one while it waits, else 0.
        active: whether an answer comes.
        stop: set when the answer that comes is to end.
    """

    conversation: Conversation = field(default_factory=Conversation)
    models: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    tries: int = 0
    answered: Answered | None = None
    duel: Answered | None = None
    ticket: int = 0
    waiting: int = 0
    active: bool = False
    stop: Event = field(default_factory=Event)

    def interrupt(self) -> bool:
        """End the answer that comes, or is waited for; tell whether one comes."""
        self.stop.set()
        self.waiting = 0
        return self.active

    def begin(self, instruction: str, given: str, system: str) -> None:
        """Take a question."""
        self.conversation = replace(self.conversation.ask(instruction, given), system=system)
        self.tries, self.answered = 0, None

    def again(self) -> None:
        """Take the last question once more."""
        last = self.conversation.turns[-1]
        self.drop()
        self.conversation = self.conversation.ask(last.instruction, last.input)
        self.tries, self.answered = self.tries + 1, None

    def end(self, reply: Reply, note: str) -> None:
        """Take the answer to the last question."""
        self.conversation = self.conversation.answered(reply.text)
        self.notes.append(note)

    def drop(self) -> None:
        """Forget the last question and its answer."""
        self.conversation, self.answered = self.conversation.undo(), None
        count = len(self.conversation.turns)
        del self.models[count:], self.notes[count:]

    def drop_unanswered(self) -> None:
        """Forget the last question if it was not answered."""
        turns = self.conversation.turns
        if turns and turns[-1].answer is None:
            self.drop()

    def reset(self) -> None:
        """Begin a new conversation."""
        self.conversation, self.answered, self.tries = Conversation(), None, 0
        self.models.clear()
        self.notes.clear()


class Sessions:
    """The tabs, at most `limit`: the one that was used least recently is forgotten."""

    def __init__(self, limit: int = 100) -> None:
        self.limit = limit
        self.kept: OrderedDict[str, Session] = OrderedDict()
        self.lock = Lock()

    def get(self, name: str) -> Session:
        """Return a tab's session, a new one where there is none."""
        with self.lock:
            session = self.kept.pop(name, None) or Session()
            self.kept[name] = session
            while len(self.kept) > self.limit:
                self.kept.popitem(last=False)[1].stop.set()
            return session

    def take_place(self, session: Session, limit: int) -> int:
        """Let a tab wait for an answer; return its ticket.

        Raises:
            InputError: if as many others as may wait do so.
        """
        with self.lock:
            others = [one for one in self.kept.values() if one.waiting and one is not session]
            if len(others) >= limit:
                raise InputError(f"{len(others)} others wait for an answer: ask again later.")
            session.stop.clear()
            session.ticket += 1
            session.waiting = session.ticket
            return session.ticket

    def leave(self, name: str) -> None:
        """Forget a tab that was closed; the answer that it waits for ends."""
        with self.lock:
            session = self.kept.pop(name, None)
        if session:
            session.stop.set()
