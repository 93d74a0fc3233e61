"""The articles app: registers the content check."""

from django.apps import AppConfig


class ArticlesConfig(AppConfig):
    name = "rlsinfo.articles"
    label = "articles"

    def ready(self) -> None:
        from rlsinfo.articles import checks  # noqa: F401 - importing it registers the check
