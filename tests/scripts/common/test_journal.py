"""A journal keeps every line that was added, whatever a kill left behind."""

from scripts.common.files import read_jsonl
from scripts.common.journal import Journal


def test_lines_of_earlier_processes_are_there(tmp_path):
    path = tmp_path / "new" / "journal.jsonl"
    with Journal(path) as journal:
        assert journal.lines == []
        journal.add({"key": "a", "text": "好"})
        assert read_jsonl(path) == [{"key": "a", "text": "好"}]  # before it is closed
    with Journal(path) as journal:
        assert journal.lines == [{"key": "a", "text": "好"}]
        journal.add(2)
    assert path.read_text(encoding="utf-8").splitlines()[1:] == ["2"]


def test_a_torn_line_is_cut_off_wherever_it_was_torn(tmp_path):
    path = tmp_path / "journal.jsonl"
    whole = b'{"a": "\xe5\xa5\xbd"}\n'
    for length in range(len(whole)):
        path.write_bytes(whole + whole[:length])
        with Journal(path) as journal:
            assert journal.lines == [{"a": "好"}]
            journal.add({"b": 1})
        assert path.read_bytes() == whole + b'{"b": 1}\n'


def test_a_cleared_journal_is_empty_and_open(tmp_path):
    path = tmp_path / "journal.jsonl"
    path.write_text("1\n2\n")
    with Journal(path) as journal:
        journal.clear()
        assert journal.lines == []
        journal.add(3)
    assert path.read_text() == "3\n"
