"""Questions that come through a pipe, one a line."""

from scripts.common.errors import InputError
from scripts.infer.chat.commands import Leave, Scene, introduce, question_of, run_line
from scripts.infer.chat.notes import complain
from scripts.infer.chat.session import Session
from scripts.infer.chat.streams import read_lines
from scripts.infer.chat.views import choose_view


def answer_lines(session: Session, as_json: bool, given: str) -> bool:
    """Answer each line, or do what it says if it is a command; tell whether none failed."""
    if not as_json:
        introduce(session)
    done = True
    for line in read_lines():
        view = choose_view(len(session.partners), as_json, alone=True)
        try:
            if not (line.startswith("/") and run_line(Scene(session, view), line)):
                session.ask(question_of(line), given, view)
        except Leave:
            break
        except InputError as error:
            done = False
            complain(error)
    return done
