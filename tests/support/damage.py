"""Files damaged as a disk damages them: one byte is another one."""

from pathlib import Path


def flip_byte(path: Path, place: int | None = None) -> None:
    """Change the byte at a place (the middle one); links and the file's size stay."""
    with path.open("r+b") as stream:
        size = path.stat().st_size
        place = size // 2 if place is None else place
        stream.seek(place)
        byte = stream.read(1)[0]
        stream.seek(place)
        stream.write(bytes([byte ^ 1]))
