"""What is written of a study for those who talk to its models."""

from scripts.plan.chat_file import plan_chat
from tests.support.studies import default_study


def test_the_default_study():
    found = plan_chat(default_study())
    assert (found.study, found.main) == ("smollm2-zh", "x-smollm2-zh")
    assert found.languages[:2] == ("en", "zh")
    assert found.models["billa-zh"] == "billa" and found.models["base"] == "chatml"
