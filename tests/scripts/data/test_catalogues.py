"""Catalogues of messages: the charset that they name, and plural forms by their own rule."""

import polib
import pytest

from scripts.common.errors import InputError
from tests.support.loader_forms import PO, Form, write


@pytest.mark.parametrize("charset", ["GB18030", "big5"])
def test_a_catalogue_is_of_the_charset_that_it_names(tmp_path, charset):
    form = Form("gettext", "parallel", "app.po", PO.format(charset).replace("打开", "文件"))
    [record] = form.load(write(tmp_path, form, form.content.encode(charset, "replace")))
    assert record["target"] == "文件"


def test_a_compiled_catalogue_is_of_the_charset_that_it_names(tmp_path):
    catalogue = polib.POFile(encoding="gb18030")
    catalogue.metadata = {"Content-Type": "text/plain; charset=GB18030"}
    catalogue.append(polib.POEntry(msgid="Open", msgstr="打开"))
    (tmp_path / "app.mo").write_bytes(catalogue.to_binary())
    form = Form("gettext", "parallel", "app.mo", "")
    [record] = form.load(tmp_path / "app.mo")
    assert record["target"] == "打开"


def test_a_template_that_names_no_charset_is_of_utf_8(tmp_path):
    form = Form("gettext", "parallel", "app.po", PO.format("CHARSET"))
    assert form.load(write(tmp_path, form))[0]["target"] == "打开"


def test_a_catalogue_of_an_unknown_charset_is_named(tmp_path):
    form = Form("gettext", "parallel", "app.po", PO.format("KOI-99"))
    with pytest.raises(InputError, match=r"app\.po: no encoding 'KOI-99'"):
        form.load(write(tmp_path, form))


def test_a_message_may_hold_other_ends_of_lines(tmp_path):
    form = Form(
        "gettext", "parallel", "app.po", PO.format("UTF-8").replace("打开", "打\u2028开\x85门")
    )
    assert form.load(write(tmp_path, form))[0]["target"] == "打 开 门"


PLURALS = """msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"
{}
msgid "%d file"
msgid_plural "%d files"
msgstr[0] "%d 零"
msgstr[1] "%d 一"
msgstr[2] "%d 二"
"""
ARABIC = "nplurals=6; plural=n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : 4;"


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (ARABIC, "%d 一"),
        ("nplurals=1; plural=0;", "%d 零"),
        ("nplurals=2; plural=(n != 1);", "%d 零"),
        ("nplurals=3; plural=n%10==1 && n%100!=11 ? 0 : 2;", "%d 零"),
        ("nplurals = 4 ; plural = n%100==1 ? 1 : n%100==2 ? 2 : 0", "%d 一"),
        ("nplurals=3; plural=n ? 2 : 0;", "%d 二"),
        ("nplurals=INTEGER; plural=EXPRESSION;", "%d 零"),
        ("", "%d 零"),
    ],
)
def test_the_plural_form_is_that_of_one(tmp_path, rule, expected, compiled):
    header = f'"Plural-Forms: {rule}\\n"\n' if rule else ""
    path = tmp_path / ("app.mo" if compiled else "app.po")
    text = PLURALS.format(header)
    path.write_bytes(polib.pofile(text).to_binary() if compiled else text.encode())
    [record] = Form("gettext", "parallel", path.name, "").load(path)
    assert (record["source"], record["target"]) == ("%d file", expected)


def test_a_form_that_is_missing_is_empty_and_a_rule_that_is_none_is_named(tmp_path):
    form = Form("gettext", "parallel", "app.po", PLURALS.format('"Plural-Forms: plural=n+4;\\n"\n'))
    assert form.load(write(tmp_path, form)) == []
    for rule in ("n ==", "__import__('os')", "n/0"):
        content = PLURALS.format(f'"Plural-Forms: plural={rule};\\n"\n')
        with pytest.raises(InputError, match=r"app\.po: Plural-Forms .* is no rule"):
            form.load(write(tmp_path, form, content.encode()))
