"""Tells the operator at every start what the privacy page still lacks, or says and the machine does not keep."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Warning, register

from rlsinfo import legal


def sentences() -> list[str]:
    """What somebody should see to before people are asked for their names."""
    gaps = legal.missing(settings.CLINIC)
    unsaid = f"The privacy page cannot say {'; '.join(gaps)}: fill in content/clinic.yaml."
    return [*([unsaid] if gaps else []), *_broken()]


@register("legal", deploy=True)
def check_legal(app_configs: Sequence[AppConfig] | None, **options: Any) -> list[CheckMessage]:
    """Only what the page says and we do not keep: gaps are named on the page itself, and no mistake of the operator."""
    return [Warning(sentence, id="legal.W001") for sentence in _broken()]


def _broken() -> list[str]:
    return legal.contradictions(settings.CLINIC, backup_days=settings.BACKUP_DAYS)
