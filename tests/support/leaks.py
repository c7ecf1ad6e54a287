"""Held-out sentences in several scripts, and the ways in which text leaks into training data."""

import html
import random
import textwrap
from collections.abc import Callable

SENTENCES = {
    "en": "The harbour master counted eleven boats before the storm reached the northern pier.",
    "zh": "港口管理员在暴风雨到达北边码头之前数了十一条船，然后关上了仓库的门，发现钟已经停了。",
    "ar": "أحصى مدير الميناء أحد عشر قارباً قبل أن تصل العاصفة إلى الرصيف الشمالي.",
    "hi": "बंदरगाह के प्रबंधक ने तूफ़ान के उत्तरी घाट तक पहुँचने से पहले ग्यारह नावें गिनीं और गोदाम बंद कर दिया।",
    "th": "นายท่าเรือนับเรือได้สิบเอ็ดลำก่อนที่พายุจะมาถึงท่าเรือทางเหนือแล้วจึงปิดประตูโกดังสินค้า",
}
OTHERS = {
    "en": "She plants tomatoes in spring and harvests them before the first cold nights of autumn.",
    "zh": "她在春天种下番茄，赶在秋天第一个寒冷的夜晚之前把它们收下来，送给住在隔壁的邻居。",
    "ar": "تزرع الطماطم في الربيع وتحصدها قبل أولى ليالي الخريف الباردة ثم توزعها على جيرانها.",
    "hi": "वह वसंत में टमाटर लगाती है और पतझड़ की पहली ठंडी रातों से पहले उन्हें तोड़कर पड़ोसियों को दे देती है।",
    "th": "เธอปลูกมะเขือเทศในฤดูใบไม้ผลิและเก็บเกี่ยวก่อนคืนแรกที่อากาศหนาวเย็นของฤดูใบไม้ร่วง",
}
TRADITIONAL = "港口管理員在暴風雨到達北邊碼頭之前數了十一條船，然後關上了倉庫的門，發現鐘已經停了。"


def wrap(text: str) -> str:
    """Return a text broken into lines of 60 columns, of 30 characters without spaces."""
    if text.count(" ") > 3:
        return "\n".join(textwrap.wrap(text, 60))
    return "\n".join(text[start : start + 30] for start in range(0, len(text), 30))


def lose_one(text: str) -> str:
    """Return a text without one of its characters."""
    place = random.Random(text).randrange(len(text))
    return text[:place] + text[place + 1 :]


def change(text: str) -> str:
    """Return a text in which each character was replaced with a chance of one in twenty."""
    generator = random.Random(text)
    letters = text.replace(" ", "")
    return "".join(generator.choice(letters) if generator.random() < 0.05 else one for one in text)


VARIANTS: dict[str, Callable[[str], str]] = {
    "as it is": lambda text: text,
    "asked inline": lambda text: f"Translate to Chinese: {text}",
    "between other lines": lambda text: f"Here is a text.\n{text}\nThat was all of it.",
    "hard-wrapped at 60 columns": wrap,
    "HTML-escaped": lambda text: html.escape(text.replace(" ", " & ", 1)),
    "one character lost": lose_one,
    "its first 80 %": lambda text: text[: int(len(text) * 0.8)],
    "one character in twenty changed": change,
}
