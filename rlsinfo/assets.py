"""How assets are kept for serving: style sheets without spaces, then hashed names and compressed copies."""

import re

from django.core.files.base import ContentFile, File
from rcssmin import cssmin
from whitenoise.storage import CompressedManifestStaticFilesStorage

DESCENDANT = re.compile(r"(?<=[\w)\]])(?<!@page) (?=::?[a-z])")
"""The space in ".foot :is(ul)", which the minifier would take away although it has a meaning."""


def smaller(css: str) -> str:
    """The style sheet without what only its authors read."""
    return str(cssmin(DESCENDANT.sub(" *", css)))


class MinifiedStaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """WhiteNoise's storage; what is saved as a style sheet is made smaller first, and means the same."""

    def _save(self, name: str, content: File) -> str:
        if name.endswith(".css"):
            content.seek(0)
            content = ContentFile(smaller(content.read().decode()).encode())
        return str(super()._save(name, content))
