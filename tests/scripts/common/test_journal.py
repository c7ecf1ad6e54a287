"""A journal keeps every line that was added, whatever a kill left behind."""

from scripts.common.journal import Journal, look_at_lines
from tests.support.damage import flip_byte


def test_lines_of_earlier_processes_are_there(tmp_path):
    path = tmp_path / "new" / "journal.jsonl"
    with Journal(path) as journal:
        assert journal.lines == []
        journal.add({"key": "a", "text": "好"})
        with_digest = path.read_text(encoding="utf-8")  # before it is closed
        assert with_digest.partition("\t")[0] == '{"key": "a", "text": "好"}'
    with Journal(path) as journal:
        assert journal.lines == [{"key": "a", "text": "好"}]
        journal.add(2)
    assert path.read_text(encoding="utf-8").splitlines()[1].startswith("2\t")


def test_a_torn_line_is_cut_off_wherever_it_was_torn(tmp_path):
    path = tmp_path / "journal.jsonl"
    whole = b'{"a": "\xe5\xa5\xbd"}\n'
    for length in range(len(whole)):
        path.write_bytes(whole + whole[:length])
        with Journal(path) as journal:
            assert journal.lines == [{"a": "好"}]
            journal.add({"b": 1})
        with Journal(path) as journal:
            assert journal.lines == [{"a": "好"}, {"b": 1}]


def test_another_process_looks_at_the_lines_that_are_whole_and_changes_none(tmp_path):
    path = tmp_path / "journal.jsonl"
    with Journal(path) as journal:
        journal.add({"a": "好"})
        content = path.read_bytes() + path.read_bytes()[:-4]  # the next is being written
        path.write_bytes(content)
        assert look_at_lines(path) == [{"a": "好"}]
        assert path.read_bytes() == content


def test_a_cleared_journal_is_empty_and_open(tmp_path):
    path = tmp_path / "journal.jsonl"
    path.write_text("1\n2\n")
    with Journal(path) as journal:
        journal.clear()
        assert journal.lines == []
        journal.add(3)
    with Journal(path) as journal:
        assert journal.lines == [3]


def test_a_damaged_line_is_dropped_and_no_other(tmp_path):
    path = tmp_path / "journal.jsonl"
    with Journal(path) as journal:
        for number in range(3):
            journal.add({"reply": f"the answer is {number}"})
    whole = path.read_bytes()
    start, stop = whole.index(b"\n") + 1, whole.rindex(b"\n", 0, -1)
    for place in range(start, stop):
        path.write_bytes(whole)
        flip_byte(path, place)
        with Journal(path) as journal:
            assert [line["reply"][-1] for line in journal.lines] == ["0", "2"], place
