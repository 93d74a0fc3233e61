"""Counts that come along with another question to the database, so that a page need not ask for each by itself."""

from typing import Any, TypeVar

from django.db.models import F, Func, IntegerField, Model, QuerySet, Subquery

Row = TypeVar("Row", bound=Model)


class Beside(Subquery):
    """A question of its own as one of the answers of aggregate(), which takes only what says that it sums up."""

    contains_aggregate = True


def how_many(found: QuerySet[Any]) -> Subquery:
    """How many rows a question finds."""
    # Not Count, for which Django would count each row by itself.
    counted = Func(F("pk"), function="COUNT", output_field=IntegerField())
    return Subquery(found.order_by().annotate(how_many=counted).values("how_many"))


def first_of(found: QuerySet[Row], length: int, **others: QuerySet[Any]) -> tuple[list[Row], dict[str, int]]:
    """The first rows that a question finds; how many it finds in all ("count"), and how many other questions find."""
    asked = {"count": found, **others}
    rows = list(found.annotate(**{name: how_many(each) for name, each in asked.items()})[:length])
    if rows:
        return rows, {name: vars(rows[0])[name] for name in asked}
    # No row brought the counts along.
    return [], {"count": 0} | {name: each.count() for name, each in others.items()}
