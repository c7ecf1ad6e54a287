"""Letters that options begin with are taken off; text that begins with a letter stays."""

import pytest

from scripts.study.choice_letters import drop_letters


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["A.旅行", "B.环境", "C.工作"], ["旅行", "环境", "工作"]),
        (["A．旅行", "Ｂ. 环境", "(C) 工作"], ["旅行", "环境", "工作"]),
        (["A、甲", "B、乙", "C、丙"], ["甲", "乙", "丙"]),
        (["A,甲", "B,乙", "C，丙"], ["甲", "乙", "丙"]),
        (["A·甲", "B·乙", "C·丙"], ["甲", "乙", "丙"]),
        (["A.Smith", "B.Jones"], ["Smith", "Jones"]),
        # A slip of the pen: a mark that is missing, a letter twice, two that changed places.
        (["A.甲", "B.乙", "C丙", "D.丁"], ["甲", "乙", "丙", "丁"]),
        (["A.甲", "B.乙", "D.丙", "D.丁"], ["甲", "乙", "丙", "丁"]),
        (["A．F", "C．L", "B. G", "D. M"], ["F", "L", "G", "M"]),
        (["A. U和Y", "B. X和Y", "C. Y和W"], ["U和Y", "X和Y", "Y和W"]),
    ],
)
def test_letters_of_a_list_go(options, expected):
    assert drop_letters(options) == expected


@pytest.mark.parametrize(
    "options",
    [
        ["旅行", "环境", "工作"],
        ["A为第一名", "B为第二名", "C为第二名", "D为第一名"],
        ["A是", "A不是", "B是", "B不是"],
        ["A, B", "B, C", "C, D", "D, A"],
        ["A、B", "B、C", "C、A"],
        ["A", "B", "C", "D"],
        ["A.", "B.", "C."],
        ["A. Lincoln", "A. Johnson", "A. Jackson"],
        ["A.甲", "乙", "C.丙"],
        ["Athens", "Berlin", "Cairo"],
        ["E. Cash", "F. Kahn"],
    ],
)
def test_other_text_stays(options):
    assert drop_letters(options) == options
