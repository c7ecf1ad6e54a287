"""Each loader gives the records a user would pick by hand from a small published file."""

import gzip
import json
import re
import zipfile
from pathlib import Path

import polib
import pytest
import regex
import yaml

from scripts.common.errors import InputError
from scripts.common.files import ROOT
from scripts.data.archives import read_members
from scripts.data.loaders import LOADERS
from scripts.data.loaders.cedict import is_held_out, pick_glosses
from scripts.data.request import Request
from scripts.data.sentences import pack_sentences, split_sentences
from scripts.study.sources import expand

HAN = "[\u4e00-\u9fff]"
LETTERS = {"en": "[A-Za-z]", "zh": HAN, "ar": "[\u0620-\u064a]"}


def write_wheel(path: Path, files: dict) -> Path:
    with zipfile.ZipFile(path, "w") as wheel:
        for name, content in files.items():
            wheel.writestr(name, content)
    return path


def write_po(*entries: polib.POEntry) -> str:
    catalogue = polib.POFile()
    catalogue.metadata = {"Content-Type": "text/plain; charset=utf-8"}
    catalogue.extend(entries)
    return str(catalogue)


def entry(msgid: str, msgstr: str = "", **more) -> polib.POEntry:
    return polib.POEntry(msgid=msgid, msgstr=msgstr, **more)


def load(name: str, raw: Path | list[Path], languages: str, **more) -> list[dict]:
    raw = raw if isinstance(raw, list) else [raw]
    request = Request(raw=raw, languages=languages.split("-"), letters=LETTERS, **more)
    return list(LOADERS[name](request))


def pairs(records: list[dict]) -> list[tuple[str, str]]:
    return [(record["source"], record["target"]) for record in records]


@pytest.fixture
def wheel(tmp_path):
    zh = write_po(
        entry("Save", "保存"),
        entry("Save", "保存", msgctxt="button"),
        entry("Open", "打开", flags=["fuzzy"]),
        entry("Close", "关闭", obsolete=True),
        entry("Later"),
        entry("API", "API"),
        entry("Version", "ver. 2"),
        entry("%(n)s page", msgid_plural="%(n)s pages", msgstr_plural={0: "%(n)s 个页面"}),
        entry("Delete 1 page", "删除 %(n)s 个页面"),
        entry('See <a href="x">here</a>', '见<a href="x">此处</a>'),
        entry("\n  Two\n  lines\n", "\n  两\n  行\n"),
        entry("Hello %(name)s", "你好 %(name)s"),
    )
    ar = write_po(entry("Save", "حفظ"), entry("Hello %(name)s", "مرحبا %(name)s"))
    mo = polib.POFile()
    mo.metadata = {"Content-Type": "text/plain; charset=utf-8"}
    mo.append(entry("Run", "运行"))
    return write_wheel(
        tmp_path / "app.whl",
        {
            "app/locale/zh_Hans/LC_MESSAGES/django.po": zh,
            "app/deep/er/locale/zh_Hans/LC_MESSAGES/js.po": write_po(entry("Cell", "单元格")),
            "app/locale/ar/LC_MESSAGES/django.po": ar,
            "app/locale/zh_TW/LC_MESSAGES/django.po": write_po(entry("File", "檔案")),
            "app/locale/zh_CN/LC_MESSAGES/app.mo": mo.to_binary(),
        },
    )


def po(locale: str) -> str:
    return f"**/locale/{locale}/LC_MESSAGES/*.po"


def test_gettext_keeps_what_is_translated(wheel):
    records = load("gettext", wheel, "en-zh", members=[po("zh_Hans")])
    assert pairs(records) == [
        ("Cell", "单元格"),
        ("Save", "保存"),
        ("%(n)s page", "%(n)s 个页面"),
        ("Two lines", "两 行"),
        ("Hello %(name)s", "你好 %(name)s"),
    ]
    assert len({record["id"] for record in records}) == len(records)


def test_gettext_says_what_it_drops(wheel):
    request = Request([wheel], ["en", "zh"], [po("zh_Hans")], LETTERS)
    list(LOADERS["gettext"](request))
    assert request.dropped == {
        "fuzzy": 1,
        "obsolete": 1,
        "empty": 1,
        "identical": 1,
        "duplicate": 1,
        "without zh letters": 1,
        "markup": 1,
        "other placeholders": 1,
    }


def test_gettext_other_direction_swaps_and_keeps_the_ids(wheel):
    there = load("gettext", wheel, "en-zh", members=[po("zh_Hans")])
    back = load("gettext", wheel, "zh-en", members=[po("zh_Hans")])
    assert pairs(back) == [(target, source) for source, target in pairs(there)]
    assert [record["id"] for record in there] == [record["id"] for record in back]


def test_gettext_joins_two_languages_on_the_english(wheel):
    records = load("gettext", wheel, "ar-zh", members=[po("ar"), po("zh_Hans")])
    assert pairs(records) == [("حفظ", "保存"), ("مرحبا %(name)s", "你好 %(name)s")]


def test_gettext_takes_one_pattern_per_language_where_english_has_none(wheel):
    one = load("gettext", wheel, "en-zh", members=[po("zh_Hans")])
    assert load("gettext", wheel, "en-zh", members=[po(""), po("zh_Hans")]) == one


def test_gettext_reads_compiled_catalogues(wheel):
    records = load("gettext", wheel, "en-zh", members=["**/zh_CN/LC_MESSAGES/*.mo"])
    assert pairs(records) == [("Run", "运行")]


def test_wheel_pattern_without_a_match_is_named(wheel):
    with pytest.raises(InputError, match=r"app\.whl.*zh_XX"):
        load("gettext", wheel, "en-zh", members=[po("zh_XX")])
    (wheel.parent / "no.whl").write_bytes(b"not a zip")
    with pytest.raises(InputError, match=r"no\.whl"):
        list(read_members(wheel.parent / "no.whl", "*"))


def test_star_stays_in_its_folder(tmp_path):
    wheel = write_wheel(tmp_path / "x.whl", {"a/b.txt": "1", "a/c/b.txt": "2", "axb.txt": "3"})
    names = {
        pattern: [name for name, _ in read_members(wheel, pattern)]
        for pattern in ("a/*.txt", "**/b.txt", "a/**/b.txt", "a?b.txt")
    }
    assert names == {
        "a/*.txt": ["a/b.txt"],
        "**/b.txt": ["a/b.txt", "a/c/b.txt"],
        "a/**/b.txt": ["a/b.txt", "a/c/b.txt"],
        "a?b.txt": ["axb.txt"],
    }


CEDICT = """# CC-CEDICT
看見 看见 [kan4 jian4] /to see/to catch sight of/CL:個|个[ge4]/to meet/
行 行 [hang2] /row; line/commercial firm/
行 行 [xing2] /to walk/
王 王 [Wang2] /surname Wang/
五河 五河 [Wu3 he2] /Wuhe county in Bengbu 蚌埠[Beng4 bu4], Anhui/
殸 殸 [qing4] /variant of 磬[qing4]/
AB AB [A B] /letters/
"""


def write_cedict(path: Path) -> Path:
    return write_wheel(path, {"data/cedict.gz": gzip.compress(CEDICT.encode())})


def test_cedict_gives_short_lines_and_splits_by_headword(tmp_path):
    wheel = write_cedict(tmp_path / "c.whl")
    parts = {
        part: load("cedict", wheel, "zh-en", members=["data/*.gz"], options={"part": part})
        for part in ("train", "test")
    }
    expected = {
        ("看见", "to see; to catch sight of"),
        ("行", "row; line"),
        ("行", "to walk"),
        ("五河", "Wuhe county in Bengbu, Anhui"),
    }
    assert set(pairs(parts["train"] + parts["test"])) == expected
    headwords = [{source for source, _ in pairs(records)} for records in parts.values()]
    assert not headwords[0] & headwords[1]


def test_cedict_holds_out_about_one_headword_in_fifty():
    held_out = sum(is_held_out(chr(0x4E00 + number)) for number in range(20_000))
    assert 300 < held_out < 500


def test_cedict_swaps(tmp_path):
    wheel = write_cedict(tmp_path / "c.whl")
    records = load("cedict", wheel, "en-zh", members=["data/*.gz"], options={"part": "train"})
    assert ("to walk", "行") in pairs(records) or is_held_out("行")


@pytest.mark.parametrize(
    ("definition", "glosses"),
    [
        ("to eat/to dine/to live on", ["to eat", "to dine"]),
        ("(classical) to eat (a meal)/(Tw) to dine", ["to eat", "to dine"]),
        ("lit. three heads (idiom); fig. many skills", ["three heads", "many skills"]),
        ("abbr. for 五毛黨|五毛党[wu3 mao2 dang3]/fifty cents", ["fifty cents"]),
        ("old variant of 看[kan4]/erhua variant of 看", []),
        ("used only in 玻璃[bo1 li5]", []),
        ("Taiwan pr. [xx1]/also pr. [yy2]/see 看見|看见[kan4 jian4]", []),
        ("to see/To see", ["to see"]),
        ("x" * 61 + "/short", ["short"]),
        ("seesaw/seeing", ["seesaw", "seeing"]),
    ],
)
def test_cedict_glosses(definition, glosses):
    assert pick_glosses(definition) == glosses


def test_cedict_names_a_broken_line(tmp_path):
    wheel = write_wheel(tmp_path / "c.whl", {"c.gz": gzip.compress(b"# head\nnot an entry\n")})
    with pytest.raises(InputError, match="line 2"):
        load("cedict", wheel, "zh-en", members=["c.gz"], options={"part": "train"})


def test_chapters_cut_long_paragraphs_at_sentence_ends(tmp_path):
    sentence = "话说天下大势分久必合合久必分周末七国分争并入于秦。"
    book = ["第一回\n\n" + sentence * 20, "第二回\n" + sentence, "第三回\n" + sentence * 2]
    wheel = write_wheel(tmp_path / "b.whl", {"book.json": json.dumps(book)})
    records = load("chapters", wheel, "zh", members=["book.json"], options={"chapters": "0:2"})
    assert "".join(record["text"] for record in records) == sentence * 21
    assert all(20 <= len(record["text"]) <= 300 for record in records)
    assert all(record["text"].endswith("。") for record in records)
    assert [record["id"] for record in records][-1] == "002-001"


@pytest.mark.parametrize("chapters", ["0:9", "2:1", "all", None])
def test_chapters_refuse_a_slice_that_is_not_there(tmp_path, chapters):
    path = tmp_path / "book.json"
    path.write_text('["一"]', encoding="utf-8")
    options = {} if chapters is None else {"chapters": chapters}
    with pytest.raises(InputError, match=r"book\.json"):
        load("chapters", path, "zh", options=options)


README = """Metadata-Version: 2.1
Name: x

# A heading that is long enough to be a paragraph if it were one, which it certainly is not, no

[![badge](https://x/y)](https://x/z)

This is a **paragraph** that continues over
two lines and has a [link](https://a.b/c) in it, so that it is long enough to be kept.

```
code = "that is also long enough to be a paragraph, were it not for the fence around it, you see"
```

    indented code that is also long enough to be a paragraph, were it not for its indent, you see

| a table | that is long enough to be a paragraph | were it not for the bars around its cells |

- an item that says something at such a length that it may well be taken for a paragraph of prose
- [a](https://a.b/a-link-that-is-long) [b](https://a.b/another-one-that-is-long-too)
- 1234567890 1234567890 1234567890 1234567890 1234567890 1234567890 1234567890 1234567890 123

Short.
"""


def test_readme_gives_prose_only(tmp_path):
    wheel = write_wheel(tmp_path / "r.whl", {"x-1.dist-info/METADATA": README})
    texts = [record["text"] for record in load("readme", wheel, "en", members=["*/METADATA"])]
    assert texts == [
        "This is a paragraph that continues over two lines and has a link in it, "
        "so that it is long enough to be kept.",
        "an item that says something at such a length that it may well be taken for a paragraph "
        "of prose",
    ]


def test_lines_are_paired_by_number(tmp_path):
    en, zh = tmp_path / "t.en", tmp_path / "t.zh"
    en.write_text("one\u2028more\n\nthree\n", encoding="utf-8")
    zh.write_text("一\n二\n三\n", encoding="utf-8")
    assert pairs(load("lines", [en, zh], "en-zh")) == [("one\u2028more", "一"), ("three", "三")]
    zh.write_text("一\n二\n", encoding="utf-8")
    with pytest.raises(InputError, match="3 lines of en, expected as many as of zh, 2"):
        load("lines", [en, zh], "en-zh")


def test_squad_keeps_distinct_answers(tmp_path):
    path = tmp_path / "q.json"
    answers = [{"text": "308"}, {"text": "308 "}, {"text": "three"}]
    questions = [{"id": "q", "question": "How many?", "answers": answers}]
    questions.append({"id": "r", "question": "None?", "answers": []})
    data = {"data": [{"paragraphs": [{"context": "They gave up 308.", "qas": questions}]}]}
    path.write_text(json.dumps(data), encoding="utf-8")
    [record] = load("squad", path, "en")
    assert (record["id"], record["answers"]) == ("q", ["308", "three"])
    path.write_text("{}", encoding="utf-8")
    with pytest.raises(InputError, match=r"q\.json"):
        load("squad", path, "en")


def test_sentences_of_several_scripts():
    assert split_sentences("他说：“好。”他走了！\nIt is 2.5 m. Yes? ठीक है। हाँ") == [
        "他说：“好。”",
        "他走了！",
        "It is 2.5 m.",
        "Yes?",
        "ठीक है।",
        "हाँ",
    ]


def test_packing_sentences_loses_nothing_but_spaces():
    text = "One two. Three four. 一二三。四五六。" * 5
    pieces = pack_sentences(text, 30)
    assert max(map(len, pieces)) <= 30
    assert "".join("".join(pieces).split()) == "".join(text.split())


def read_registry(name: str) -> dict:
    return yaml.safe_load((ROOT / "registry" / f"{name}.yaml").read_text(encoding="utf-8"))


DATASETS = read_registry("datasets")
LANGUAGES = read_registry("languages")


@pytest.mark.parametrize("name", DATASETS)
def test_registered_dataset_has_a_loader_and_a_digest_for_each_language(name):
    entry = DATASETS[name]
    assert entry["loader"] in LOADERS
    assert set(entry["languages"]) <= set(LANGUAGES)
    for source in entry["sources"]:
        for language, locale in entry["languages"].items():
            if language not in source.get("languages", [language]):
                continue
            expand(source["url"], language, locale)
            digest = source["sha256"]
            digest = digest[language] if isinstance(digest, dict) else digest
            # Nobody could verify one for the files of the papers that no mirror here holds.
            assert digest is None or re.fullmatch("[0-9a-f]{64}", digest)


# A letter that is easily forgotten, and a punctuation mark, of the languages that had them checked.
LETTER_OF = {"en": "q", "ar": "ش", "el": "ώ", "hi": "क", "tr": "ğ", "vi": "ữ", "zh": "语"}
MIXED = {"Hans": ["Hani"], "Jpan": ["Hani", "Hira", "Kana"], "Kore": ["Hang"]}  # of ISO 15924
MARK_OF = {"ar": "،", "el": "\u037e", "hi": "।", "zh": "。"}


@pytest.mark.parametrize("code", LANGUAGES)
def test_letters_and_graft_of_a_language(code):
    language = LANGUAGES[code]
    covered = [chr(code) for code in range(0x10000) if re.match(language["letters"], chr(code))]
    # Of blocks of Unicode a few characters are other scripts' or no characters.
    scripts = MIXED.get(language["script"], [language["script"]])
    written = "".join(rf"\p{{scx={script}}}" for script in scripts)
    assert len(regex.findall(f"[{written}]", "".join(covered))) > 0.9 * len(covered) > 0
    assert LETTER_OF.get(code, covered[0]) in covered
    assert not re.search(language["letters"], "1 .,!?。“”،।;")
    assert ("graft" in language) == (language["script"] != "Latn")
    if "graft" in language:
        assert re.fullmatch(
            f"{language['graft']}*", LETTER_OF.get(code, "") + MARK_OF.get(code, "")
        )
        assert not re.search(language["graft"], "".join(map(chr, range(128))) + "“”‘’–—…é")
        assert all(re.match(language["graft"], letter) for letter in covered)
