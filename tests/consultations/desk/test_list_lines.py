"""What the lines of a list say is what Django's own tags would say."""

from datetime import timedelta

import pytest
from django.template import engines

from tests.consultations.desk.front_desk import address
from tests.factories import MONDAY_MORNING


def drawn(text: str, **context: object) -> str:
    return engines["django"].from_string("{% load desk %}" + text).render(context)


@pytest.mark.parametrize("name", ["change", "claim", "restore"])
def test_an_address_is_that_of_the_page(name):
    assert drawn("{{ pk|address:name }}", pk=7, name=name) == address(name, 7)


@pytest.mark.parametrize("form", ["D, N j, P", "D, N j, Y, P", "P"])
@pytest.mark.parametrize("days", [0, 0.3, 180, 349.123456])
def test_a_moment_reads_as_with_the_date_filter_also_in_summer(form, days, settings):
    settings.TIME_ZONE = "America/Chicago"
    at = MONDAY_MORNING + timedelta(days=days)

    for _ in range(2):
        assert drawn("{{ at|moment:form }}", at=at, form=form) == drawn("{{ at|date:form }}", at=at, form=form)


def test_no_moment_reads_as_nothing():
    assert drawn('{{ at|moment:"P" }}', at=None) == ""


@pytest.mark.parametrize(("made", "dots"), [(0, "oooooo"), (2, "xxoooo"), (6, "xxxxxx"), (8, "xxxxxxxx")])
def test_tries_are_dots_and_can_be_heard(made, dots):
    shown = drawn("{{ made|tries }}", made=made)

    assert shown.replace('<i class="made"></i>', "x").replace('<i class="left"></i>', "o") == (
        f'<span class="tries" role="img" aria-label="{made} of {len(dots)} tries made">{dots}</span>'
    )
