"""The picture that other sites show beside a link to a page of ours: its title in the clinic's look; no Django."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFont import FreeTypeFont

SIZE = (1200, 630)
LEFT, RIGHT, TOP, BOTTOM = 88, 1112, 84, 546
SIZES = (84, 76, 68, 60, 52)
"""Of the title, in pixels; the largest that fits into the lines is taken."""
LINES = 4
NIGHT, WORDS, LAMP = (18, 48, 63), (244, 239, 228), (231, 176, 74)
STEPS = 16
"""Shades from the ground to each of the two colors: edges look smooth, and a picture weighs little."""
_LOOK = sha256(Path(__file__).read_bytes()).hexdigest()


@dataclass(frozen=True)
class Picture:
    """What is written on it."""

    guide: str
    title: str
    part: str
    clinic: str

    @property
    def name(self) -> str:
        """Of its file. Other words or another look give another name, so a picture may be kept for good."""
        words = "\n".join((_LOOK, self.guide, self.title, self.part, self.clinic))
        return f"page.{sha256(words.encode()).hexdigest()[:12]}.png"

    def draw(self) -> bytes:
        """The picture as a PNG: the same bytes for the same words."""
        # Here, because only a build draws: whoever serves pages need not load it.
        from PIL import Image, ImageDraw

        words = Image.new("L", SIZE)
        pen = ImageDraw.Draw(words)
        pen.text((LEFT + 64, TOP), self.guide, 255, _font(38), anchor="ls")
        pen.text((LEFT, BOTTOM + 26), self.clinic, 255, _font(32), anchor="ls")
        size, lines = _set(self.title)
        below = (TOP + BOTTOM) / 2 + size * (0.3 - 0.58 * (len(lines) - 1))
        for number, line in enumerate(lines):
            pen.text((LEFT, below + number * size * 1.16), line, 255, _font(size), anchor="ls")

        lamp = _moon()
        pen = ImageDraw.Draw(lamp)
        pen.line((LEFT, BOTTOM - 28, RIGHT, BOTTOM - 28), 255, 2)
        pen.text((RIGHT, BOTTOM + 26), self.part, 255, _font(32), anchor="rs")

        step = 256 // STEPS
        picture = words.point([shade // step for shade in range(256)])
        picture.paste(lamp.point([STEPS + shade // step for shade in range(256)]), mask=lamp.point([0] + [255] * 255))
        picture.putpalette(bytes(_shades(WORDS)) + bytes(_shades(LAMP)))
        file = BytesIO()
        picture.save(file, "PNG", bits=8, compress_level=6)
        return file.getvalue()


def _set(title: str) -> tuple[int, list[str]]:
    """The size of a title, and its lines, of like length."""
    for size in SIZES:
        lines = _broken(title, size, RIGHT - LEFT)
        if len(lines) <= LINES and size * 1.16 * len(lines) < BOTTOM - TOP - 100:
            break
    narrower = (_broken(title, size, width) for width in range((RIGHT - LEFT) // 2, RIGHT - LEFT, 32))
    return size, next((each for each in narrower if len(each) == len(lines)), lines)


def _broken(title: str, size: int, width: int) -> list[str]:
    lines = [""]
    for word in title.split():
        longer = f"{lines[-1]} {word}".strip()
        if _font(size).getlength(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _shades(color: tuple[int, int, int]) -> Iterator[int]:
    for step in range(STEPS):
        for ground, full in zip(NIGHT, color, strict=True):
            yield round(ground + (full - ground) * step / (STEPS - 1))


@cache
def _font(size: int) -> "FreeTypeFont":
    from PIL import ImageFont

    # The layout that is part of Pillow: another one, where it is installed, would set letters a little elsewhere.
    letters = files("font_source_serif_pro") / "files/SourceSerifPro-Regular.ttf"
    return ImageFont.truetype(BytesIO(letters.read_bytes()), size, layout_engine=ImageFont.Layout.BASIC)


def _moon() -> "Image":
    """The crescent of the site's icon, drawn four times as large for a smooth edge."""
    from PIL import Image, ImageDraw

    large = Image.new("L", (240, 240))
    pen = ImageDraw.Draw(large)
    pen.ellipse((20, 30, 200, 210), 255)
    pen.ellipse((70, 10, 240, 180), 0)
    moon = Image.new("L", SIZE)
    moon.paste(large.resize((60, 60)), (LEFT - 8, TOP - 44))
    return moon
