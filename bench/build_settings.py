"""The site's own settings, with another folder of content: for bench/build.py."""

import os
from pathlib import Path

from rlsinfo.settings import *  # noqa: F403

CONTENT_DIR = Path(os.environ["CONTENT_DIR"])
# Assets and pictures of the copies stay with them.
BUILD_DIR = VAR_DIR / "build"  # noqa: F405
STATIC_ROOT = BUILD_DIR / "static"
# Every rule runs and is paid for, but a draft with a fault, or a copy that nothing links to, is no reason to stop.
SILENCED_SYSTEM_CHECKS = ["content.E001", "content.I001"]
