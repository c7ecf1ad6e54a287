"""The next examples of a stream, found by their length."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable

from scripts.pack.rendering import Example

SIZE = 512  # examples; more pack denser, and take longer to find


class Window:
    """The next `size` examples of a stream; those that are taken are followed up at once.

    Args:
        examples: the stream.
        size: how many are looked at.
    """

    def __init__(self, examples: Iterable[Example], size: int = SIZE) -> None:
        self.stream = iter(examples)
        self.waiting: dict[int, Example] = {}  # by number, in the order of arrival
        self.lengths: list[tuple[int, int]] = []  # sorted; of equal ones the oldest is the last
        self.arrived = self.tokens = 0
        self.ended = False
        for _ in range(size):
            self.arrive()

    def arrive(self) -> None:
        """Let the next example in, if the stream has one."""
        example = next(self.stream, None)
        self.ended = example is None
        if example is not None:
            self.waiting[self.arrived] = example
            insort(self.lengths, (len(example.ids), -self.arrived))
            self.arrived += 1
            self.tokens += len(example.ids)

    @property
    def mean(self) -> float:
        """Return how long an example is on average."""
        return self.tokens / len(self.waiting)

    def oldest(self, room: int) -> int | None:
        """Return the number of the example that waits longest; None if it is longer than `room`."""
        number = next(iter(self.waiting), None)
        if number is None or len(self.waiting[number].ids) > room:
            return None
        return number

    def largest(self, room: int) -> int | None:
        """Return the number of the longest example of at most `room` tokens; None without one."""
        place = bisect_right(self.lengths, (room, 1)) - 1
        return -self.lengths[place][1] if place >= 0 else None

    def take(self, number: int) -> Example:
        """Return an example, in whose place the next one arrives."""
        example = self.waiting.pop(number)
        del self.lengths[bisect_left(self.lengths, (len(example.ids), -number))]
        self.tokens -= len(example.ids)
        self.arrive()
        return example
