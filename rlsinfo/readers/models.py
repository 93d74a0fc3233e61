"""Counts by page and day, comments without names, and words that several searches had in common."""

from django.db import models

from rlsinfo.model_fields import EncryptedText


class Votes(models.Model):
    """How many readers of one day found a page useful, and how many did not."""

    page = models.CharField(max_length=200)
    """Its address."""
    day = models.DateField()
    useful = models.PositiveIntegerField(default=0)
    not_useful = models.PositiveIntegerField(default=0)

    class Meta:
        default_permissions = ()
        constraints = (models.UniqueConstraint(fields=("page", "day"), name="one_count_a_page_and_day"),)

    def __str__(self) -> str:
        return f"{self.page} on {self.day}"


class Comment(models.Model):
    """What a reader missed, in a few words, without numbers and addresses."""

    page = models.CharField(max_length=200)
    words = EncryptedText(max_length=300)
    day = models.DateField()
    """No time of day: nobody should be recognised by the minute."""

    class Meta:
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"comment on {self.page}"


class SoughtWord(models.Model):
    """A word that the guide does not have. What it was stands here only once it was looked for on several days."""

    fingerprint = models.BigIntegerField(unique=True)
    days = models.PositiveIntegerField(default=1)
    last_day = models.DateField()
    word = models.CharField(max_length=40, blank=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.word or "a word that is not known yet"
