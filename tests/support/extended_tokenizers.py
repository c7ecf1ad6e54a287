"""A tiny byte-level BPE base, made-up corpora, and a call of extend_tokenizer, for its tests."""

import random
from pathlib import Path

import pandas
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers

from scripts.common.files import write_json, write_text
from scripts.tokenizer import extend_tokenizer

CLASSES = {
    "zh": r"[\u3001-\u3003\u3005-\u3011\u4e00-\u9fff\uff01\uff08\uff09\uff0c\uff1a\uff1b\uff1f]",
    "ar": r"[\u0600-\u06ff]",
    "fa": r"[\u0600-\u06ff]",
    "hi": r"[\u0900-\u097f]",
}
ENGLISH = [
    "The harbour was quiet when the last boat came in from the sea.",
    "She said, “It’s only the wind — nothing more…” and shut the ‘old’ door.",
    "Café, naïve, résumé: the ﬁrst ﬁle was ﬁne; the price fell by 5 € to £12.",
    "A smile 😀, a boat ⛵, a family 👨‍👩‍👧, a flag 🇬🇧 and   three spaces.",
    "\ufeffThe file began with a byte order mark,\n\tand went on\u00a0with 3 × 4 ≤ 12 → yes ✓.",
    "def merge(left, right):\n    return left + right  # nothing else\n",
]
CHINESE = (
    "文件 页面 用户 密码 图片 保存 删除 添加 选择 这个 我们 一个 不 的 是 在 了 请 将军 天下 大军 "
    "曹操 玄德 孔明 吕布 云长 数据 网站 语言 输入 标题 今天 天气 公园 学习 问题 明白 东西 先生"
)
PERSIAN = ["گفتگو با پدر در باغ بزرگ، چه کتاب‌هایی؟ مدرسه و ملف کوچک"] * 3
HINDI = ["यह किताब बड़ी है। मैं बाज़ार जाता हूँ और वह घर में है।", "हिन्दी भाषा की किताब कहाँ है?"] * 3
TURKISH = (
    "değil için çalışma güzel dosya parola kullanıcı sayfa ekle sil seç ve bir bu ile daha çok "
    "yeni büyük küçük harbour gelen giden öğrenci şehir ışık ağaç yağmur the quiet boatları"
)
ARABIC = "كتاب مدرسة بيت كبير صغير جديد الملف الصفحة كلمة المرور في من على"


def chinese_lines(count: int = 400, seed: int = 1) -> list[str]:
    """Return made-up Chinese lines, some with Latin words, spaces and ASCII digits between."""
    draw, words = random.Random(seed), CHINESE.split()
    lines = []
    for _ in range(count):
        clauses = ["".join(draw.choices(words, k=draw.randint(2, 8))) for _ in range(3)]
        lines.append(f"{clauses[0]}，{clauses[1]} page {draw.randint(1, 99)} {clauses[2]}。”")
    return lines


def arabic_lines(count: int = 200) -> list[str]:
    """Return made-up lines of Arabic words between spaces."""
    draw, words = random.Random(2), ARABIC.split()
    return [" ".join(draw.choices(words, k=8)) + "، نعم؟" for _ in range(count)]


def turkish_lines(count: int = 300) -> list[str]:
    """Return made-up lines of Turkish, with a few words that English has too."""
    draw, words = random.Random(6), TURKISH.split()
    return [" ".join(draw.choices(words, k=9)) + ". Nasıl?" for _ in range(count)]


def write_base(folder: Path) -> Path:
    """Train a base on the English lines, with a special token behind its vocabulary."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=420,
        special_tokens=["<|endoftext|>", "<|im_start|>", "<|im_end|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator([*ENGLISH * 3, "文件，一个。文件，一个。"], trainer)
    tokenizer.add_special_tokens([AddedToken("<|late|>", special=True)])
    folder.mkdir(parents=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    config = {"tokenizer_class": "PreTrainedTokenizerFast", "eos_token": "<|im_end|>"}
    write_json(folder / "tokenizer_config.json", config)
    write_json(folder / "stage.json", {"model": "base", "parent": None})
    write_text(folder / "chat_template.jinja", "{{ messages[0].content }}")
    return folder


def write_texts(path: Path, lines: list[str], column: str = "text") -> Path:
    """Write lines as a corpus."""
    ids = [str(number) for number in range(len(lines))]
    pandas.DataFrame({"id": ids, column: lines}).to_parquet(path)
    return path


def write_corpora(folder: Path) -> dict[str, list[str]]:
    """Write a corpus of each language; the Chinese one has its text in the column `target`."""
    chinese = write_texts(folder / "ui_en-zh.parquet", chinese_lines(), column="target")
    texts = {
        "ar": arabic_lines(),
        "fa": PERSIAN,
        "hi": HINDI,
        "tr": turkish_lines(),
        "de": ["Grüße aus Köln"] * 9,
        "en": ENGLISH,
    }
    return {"zh": [f"{chinese}:target"]} | {
        language: [str(write_texts(folder / f"text_{language}.parquet", lines))]
        for language, lines in texts.items()
    }


def extend(
    base: Path, output: Path, sizes: dict[str, int], texts: dict[str, list], *more: str
) -> Path:
    """Run extend_tokenizer; each language has its character class of `CLASSES`, if there is one."""
    command = ["--base", str(base), "--output", str(output), *more]
    for language, size in sizes.items():
        command += ["--language", f"{language}={size}"]
        command += ["--text", language, *map(str, texts[language])]
        if language in CLASSES:
            command += ["--graft", f"{language}={CLASSES[language]}"]
    extend_tokenizer.main(extend_tokenizer.parser().parse_args(command))
    return output


def load(folder: Path) -> Tokenizer:
    """Load a tokenizer as `tokenizers` does."""
    return Tokenizer.from_file(str(folder / "tokenizer.json"))


def encode(tokenizer: Tokenizer, text: str) -> list[int]:
    """Return the ids of a text."""
    return tokenizer.encode(text, add_special_tokens=False).ids
