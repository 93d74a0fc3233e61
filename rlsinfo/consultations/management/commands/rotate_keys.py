"""`manage.py rotate_keys`: seal what people typed under a new key, while the site goes on."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from rlsinfo.consultations import sealing
from rlsinfo.encryption import KeyRing, new_key


class Command(BaseCommand):
    help = "Put a new key first, and seal every stored text with it. Run again with --no-new-key to finish."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--no-new-key",
            action="store_true",
            help="seal with the newest key there is; when nothing is left to seal, the older keys are no longer needed",
        )

    def handle(self, *, no_new_key: bool, **options: Any) -> None:
        sealing.require_keys()
        if not no_new_key:
            if settings.ENCRYPTION_KEYS.file is None:
                raise CommandError(
                    "The keys come from ENCRYPTION_KEYS: put a new one (`python -m rlsinfo.encryption`) first there, start the "
                    "site anew everywhere, then run this with --no-new-key."
                )
            key = new_key()
            # Noted before anything is sealed with it, so that no machine starts without it from here on.
            sealing.note_key(KeyRing([key]).ids[0])
            settings.ENCRYPTION_KEYS.add(key)
        rows = sealing.seal_again()
        if rows or not no_new_key:
            self.stdout.write(
                f"{rows} rows are sealed anew. Run this again with --no-new-key in a minute: until then an answer that "
                "was under way may still have used the old key."
            )
        else:
            sealing.forget_old_keys()
            self.stdout.write(
                "Every text is under the newest key. The older ones are needed only for backups made before now: keep "
                "them as long as those."
            )
