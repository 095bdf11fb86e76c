"""Settings of Pelican: every page is an article that says its own URL; no feeds, archives or lists."""

import json

SITENAME = "Benchmark"
SITEURL = "https://bench.example"
TIMEZONE = "UTC"
PATH = "content"
THEME = "theme"
THEME_STATIC_PATHS: list[str] = []
TEAMS = "@names@".split()
STATIC_PATHS = [*TEAMS, "style.css"]
MARKDOWN = {
    "extension_configs": {
        "markdown.extensions.codehilite": {"css_class": "highlight", "use_pygments": json.loads("@highlight@")},
        "markdown.extensions.extra": {},
        "markdown.extensions.meta": {},
        "markdown.extensions.toc": {},
    },
    "output_format": "html5",
}
PLUGINS: list[str] = []
DIRECT_TEMPLATES: list[str] = []
DEFAULT_PAGINATION = False
FEED_ALL_ATOM = CATEGORY_FEED_ATOM = TRANSLATION_FEED_ATOM = AUTHOR_FEED_ATOM = AUTHOR_FEED_RSS = None
INDEX_SAVE_AS = TAG_SAVE_AS = CATEGORY_SAVE_AS = AUTHOR_SAVE_AS = ARCHIVES_SAVE_AS = ""
TAGS_SAVE_AS = CATEGORIES_SAVE_AS = AUTHORS_SAVE_AS = DRAFT_SAVE_AS = ""
