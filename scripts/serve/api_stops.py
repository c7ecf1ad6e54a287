"""Answers cut before the text at which they end, which `transformers serve` would leave in them."""

import json
from dataclasses import dataclass, field
from typing import Any

Part = dict[str, Any]


@dataclass
class Cutter:
    """Cuts a text that comes in pieces before the first of some texts."""

    stops: tuple[str, ...]
    held: str = ""
    ended: bool = False

    def feed(self, piece: str) -> str:
        """Return what of the text so far is certain to be before a stop, and was not returned."""
        if self.ended:
            return ""
        text = self.held + piece
        places = [place for stop in self.stops if (place := text.find(stop)) >= 0]
        if places:
            self.ended, self.held = True, ""
            return text[: min(places)]
        kept = max((overlap(text, stop) for stop in self.stops), default=0)
        self.held = text[len(text) - kept :]
        return text[: len(text) - kept]

    def finish(self) -> str:
        """Return what was held back and is part of the text after all."""
        rest, self.held = self.held, ""
        return rest


def overlap(text: str, stop: str) -> int:
    """Return how many of a text's last characters are a stop's first ones."""
    sizes = range(min(len(stop) - 1, len(text)), 0, -1)
    return next((size for size in sizes if text.endswith(stop[:size])), 0)


def cut_whole(answer: Part, stops: tuple[str, ...]) -> Part:
    """Return an answer's JSON with its text cut, why it ended, and the model's own name."""
    answer["model"] = plain_name(answer["model"])
    for choice in answer.get("choices", ()):
        place, key = find_text(choice)
        cutter = Cutter(stops)
        place[key] = cutter.feed(place.get(key) or "") + cutter.finish()
        if cutter.ended:
            choice["finish_reason"] = "stop"
    return answer


def plain_name(name: str) -> str:
    """Return a model's name without the revision that the server adds."""
    return name.partition("@")[0]


def find_text(choice: Part) -> tuple[Part, str]:
    """Return where in a choice its text is, and under which key."""
    for name in ("message", "delta"):
        if name in choice:
            return choice[name], "content"
    return choice, "text"


@dataclass
class Events:
    """A streamed answer, event by event, its text cut."""

    stops: tuple[str, ...]
    cutter: Cutter = field(init=False)

    def __post_init__(self) -> None:
        self.cutter = Cutter(self.stops)

    def feed(self, data: bytes) -> bytes:
        """Return what the client gets of some whole events."""
        events = data.decode("utf-8").split("\n\n")
        return "".join(self.change(event) for event in events if event).encode()

    def change(self, event: str) -> str:
        """Return an event, or several, or none, in the place of one."""
        found = json.loads(event.removeprefix("data: "))
        if "choices" not in found:
            return write_event(tell_error(found))
        found["model"] = plain_name(found["model"])
        (choice,) = found["choices"]
        place, key = find_text(choice)
        ending, given = choice.get("finish_reason"), place.get(key)
        text = self.cutter.feed(given or "")
        if ending:
            text += self.cutter.finish()
            if self.cutter.ended:
                choice["finish_reason"] = "stop"
        if given and not text and not ending:
            return ""
        if ending and text:
            before = {**found, "choices": [with_text(choice, text)]}
            before.pop("usage", None)
            return write_event(before) + write_event(found)
        if given:
            place[key] = text
        return write_event(found)


def tell_error(event: Part) -> Part:
    """Return an event of a failure as OpenAI's clients read it: the server gives a bare text."""
    if isinstance(event.get("error"), str):
        return {"error": {"message": event["error"], "type": "server_error", "param": None,
                          "code": None}}  # fmt: skip
    return event


def with_text(choice: Part, text: str) -> Part:
    """Return a choice of a streamed answer that has this text and no ending."""
    found = {key: value for key, value in choice.items() if key != "finish_reason"}
    if "delta" in found:
        return found | {"delta": {"content": text}}
    return found | {"text": text}


def write_event(found: Part) -> str:
    """Return an event's text."""
    return f"data: {json.dumps(found, ensure_ascii=False)}\n\n"
