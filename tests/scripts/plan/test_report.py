"""What the report is told of a study's models."""

from scripts.plan.report import model_options
from tests.support.studies import default_study


def test_every_model_that_a_compared_one_descends_from_is_shown():
    option, *found = model_options(default_study())
    assert option == "--models"
    assert found[0] == "base=results/models/base"
    assert "billa-extended=results/models/billa-extended" in found
    assert len(found) == 6
