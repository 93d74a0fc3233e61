"""What other sites show beside a link to a page of ours."""

from io import BytesIO

import pytest
from PIL import Image

from rlsinfo.articles import library, pictures
from rlsinfo.articles.pictures import Picture

GUIDE, CLINIC = "Restless legs guide", "Truffles Vein Specialists"


def drawn(picture: Picture) -> Image.Image:
    return Image.open(BytesIO(picture.draw())).convert("RGB")


def test_a_picture_has_the_size_that_other_sites_show_and_the_colors_of_the_site():
    image = drawn(Picture(GUIDE, "Iron and restless legs", "Causes", CLINIC))
    colors = {color for _, color in image.getcolors(1 << 16)}

    assert image.size == (1200, 630)
    assert image.getpixel((2, 2)) == pictures.NIGHT
    assert {pictures.NIGHT, pictures.WORDS, pictures.LAMP} <= colors


def test_the_same_words_give_the_same_bytes_under_the_same_name():
    one, same = (Picture(GUIDE, "Iron and restless legs", "Causes", CLINIC) for _ in range(2))

    assert one.draw() == same.draw()
    assert one.name == same.name


@pytest.mark.parametrize(
    "other",
    [
        Picture("Guía", "Iron and restless legs", "Causes", CLINIC),
        Picture(GUIDE, "Iron and restless arms", "Causes", CLINIC),
        Picture(GUIDE, "Iron and restless legs", "Treatments", CLINIC),
        Picture(GUIDE, "Iron and restless legs", "Causes", "Another clinic"),
    ],
)
def test_other_words_give_another_picture_under_another_name(other):
    one = Picture(GUIDE, "Iron and restless legs", "Causes", CLINIC)

    assert other.draw() != one.draw()
    assert other.name != one.name


@pytest.mark.parametrize(
    "title", [each.title for each in library.pictures()] + ["Wide " * 13, "WWWWM " * 10, "\u00bfQu\u00e9 son?"]
)
def test_every_title_stays_inside_its_picture(title):
    image = drawn(Picture(GUIDE, title, "Symptoms and diagnosis", CLINIC))
    edges = [(0, 0, 1200, 30), (0, 600, 1200, 630), (0, 0, 70, 630), (1130, 0, 1200, 630)]
    between = [(70, 110, 1130, 130), (70, 490, 1130, 512)]

    for box in (*edges, *between):
        assert image.crop(box).getcolors() == [((box[2] - box[0]) * (box[3] - box[1]), pictures.NIGHT)], (title, box)


def test_a_page_in_spanish_has_a_picture_in_spanish():
    for article in library.in_spanish():
        picture = library.picture(article)
        assert picture.title == article.title
        assert picture.guide != GUIDE
