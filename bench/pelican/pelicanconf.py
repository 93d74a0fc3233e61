"""Pelican set up to build the guide: one page per article, section pages, pages about the site, all compressed."""

from functools import partial

import brotli
from pelican.plugins import precompress

SITENAME = "Restless legs guide"
SITEURL = "http://127.0.0.1:8000"
AUTHOR = "Truffles Vein Specialists"
TIMEZONE = "America/New_York"
DEFAULT_LANG = "en"
THEME = "theme"
THEME_STATIC_PATHS: list[str] = []
STATIC_PATHS: list[str] = []

ARTICLE_PATHS = ["articles"]
ARTICLE_URL = "{category}/{slug}/"
ARTICLE_SAVE_AS = "{category}/{slug}/index.html"
CATEGORY_URL = "{slug}/"
CATEGORY_SAVE_AS = "{slug}/index.html"
PAGE_URL = "{slug}/"
PAGE_SAVE_AS = "{slug}/index.html"
# What our site does not have either.
DIRECT_TEMPLATES = ["index"]
AUTHOR_SAVE_AS = TAG_SAVE_AS = ""
DEFAULT_PAGINATION = False
FEED_ALL_ATOM = CATEGORY_FEED_ATOM = TRANSLATION_FEED_ATOM = AUTHOR_FEED_ATOM = AUTHOR_FEED_RSS = None

# The extensions our own articles use, and nothing more.
MARKDOWN = {
    "extensions": ["meta", "sane_lists", "tables", "admonition", "toc"],
    "extension_configs": {"toc": {"toc_depth": "2-2"}},
    "output_format": "html5",
}
# Its own answer to compression, on all cores: gzip 9, as ours, and Brotli at our quality in the place of its fixed 11.
precompress.compress_with_brotli = partial(brotli.compress, mode=brotli.MODE_TEXT, quality=10)
PLUGINS = ["pelican.plugins.precompress"]
PRECOMPRESS_ZSTANDARD = False
