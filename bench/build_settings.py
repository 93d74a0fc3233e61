"""The site's own settings, with another folder of content: for bench/build.py."""

import os
from pathlib import Path

from rlsinfo.settings import *  # noqa: F403

CONTENT_DIR = Path(os.environ["CONTENT_DIR"])
# Every rule runs and is paid for, but a draft with a fault, or a copy that nothing links to, is no reason to stop.
SILENCED_SYSTEM_CHECKS = ["content.E001", "content.I001"]
