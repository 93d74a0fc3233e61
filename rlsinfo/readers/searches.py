"""Counts words that readers looked for in vain. A word is written down only when it was typed on three days.

A name that one person types stays unknown: of it only a keyed fingerprint and a count are kept.
"""

from collections.abc import Sequence

from django.db import transaction
from django.dispatch import receiver
from django.utils import timezone

from rlsinfo.articles.views import searched_in_vain
from rlsinfo.model_fields import ring
from rlsinfo.readers.models import SoughtWord

DAYS = 3
MOST_WORDS = 4
SHORTEST, LONGEST = 3, 40


@receiver(searched_in_vain)
def count(sender: object, words: Sequence[str], **kwargs: object) -> None:
    """Count each of the words once a day; nothing with a digit, which may be a number or a part of an address."""
    today = timezone.localdate()
    telling = [word for word in words if word.isalpha() and SHORTEST <= len(word) <= LONGEST]
    for word in telling[:MOST_WORDS]:
        with transaction.atomic():
            numbers = ring().fingerprints(f"sought {word}")
            row = SoughtWord.objects.select_for_update().filter(fingerprint__in=numbers).first()
            if row is None:
                SoughtWord.objects.create(fingerprint=numbers[0], last_day=today)
            elif row.last_day != today:
                row.days, row.last_day = row.days + 1, today
                row.word = word if row.days >= DAYS else ""
                row.save()
