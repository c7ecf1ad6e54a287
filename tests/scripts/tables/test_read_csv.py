"""A CSV file that is missing, damaged or of something else costs one line."""

import pytest

from scripts.common.errors import InputError
from scripts.tables.read_csv import read_csv


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "No such file or directory, expected a table"),
        (b"", "not CSV .*, expected a table"),
        (b"\xff\xfe\x00", "not CSV .*, expected a table"),
        (b'name,score\n"a', "not CSV .*, expected a table"),
        (b"name\na\n", "line 1: no column score, expected a table"),
        (b"name,score\na,1\nb,high\n", "score: found 'high', expected a number"),
    ],
)
def test_a_damaged_table_is_one_line_that_names_it(tmp_path, content, message):
    path = tmp_path / "main.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=f"^{path}: {message}") as caught:
        read_csv(path, ("name", "score"), ("score", "low"), "a table")
    assert "\n" not in str(caught.value)


def test_a_number_may_be_left_out(tmp_path):
    path = tmp_path / "main.csv"
    path.write_text("name,score\na,\nb,2\n")
    assert read_csv(path, ("name",), ("score", "low"))["score"].tolist()[1] == 2
