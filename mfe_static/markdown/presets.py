"""CommonMark and GitHub Flavored Markdown as their specifications have them, for `mfe-static markdown`.

markdown-it's own parser and renderer, with the few differences to the specifications' examples mended:
CommonMark 0.31.2 (https://spec.commonmark.org/0.31.2/) and GFM 0.29 (https://github.github.com/gfm/). Nothing of
the sites' dialect is in here, so that authors can tell whether a surprise is Markdown's or ours.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from mdit_py_plugins.gfm_autolink import gfm_autolink_plugin

from mfe_static.patterns import compiled

_DISALLOWED = compiled(
    r"<(?=/?(?:title|textarea|style|xmp|iframe|noembed|noframes|script|plaintext)[\s/>])", re.IGNORECASE
)


class _Specified(MarkdownIt):
    """Keeps the case of a destination's scheme, as the specification's examples do."""

    def normalizeLink(self, url: str) -> str:  # noqa: N802  (markdown-it's name)
        """`url` percent-encoded."""
        normal = super().normalizeLink(url)
        scheme = url.partition(":")[0]
        return scheme + normal[len(scheme) :] if normal.startswith(scheme.lower() + ":") else normal


class _CommonMark(RendererHTML):
    """Writes an empty block quote on two lines, as the specification's examples do."""

    def blockquote_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """The tag and always a line break."""
        return self.renderToken(tokens, idx, options, env).rstrip(">\n") + ">\n"


class _GitHub(_CommonMark):
    """Writes what GitHub's specification writes in another way than markdown-it."""

    def th_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """A cell with `align`."""
        side = str(tokens[idx].attrs.get("style", "")).removeprefix("text-align:")
        return f'<{tokens[idx].tag} align="{side}">' if side else f"<{tokens[idx].tag}>"

    def td_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """A cell with `align`."""
        return self.th_open(tokens, idx, options, env)

    def s_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """Struck text is deleted text."""
        return "<del>"

    def s_close(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """Struck text is deleted text."""
        return "</del>"

    def bullet_list_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """A list without classes."""
        tokens[idx].attrs.pop("class", None)
        return self.renderToken(tokens, idx, options, env)

    def ordered_list_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """A list without classes."""
        return self.bullet_list_open(tokens, idx, options, env)

    def list_item_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """An item without classes, with its check box."""
        tokens[idx].attrs.pop("class", None)
        item = self.renderToken(tokens, idx, options, env)
        if "checked" not in tokens[idx].meta:
            return item
        checked = 'checked="" ' if tokens[idx].meta["checked"] else ""
        return f'{item}<input {checked}disabled="" type="checkbox"> '

    def html_block(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """Raw HTML without the tags that GFM §6.11 disallows."""
        return _DISALLOWED.sub("&lt;", tokens[idx].content)

    def html_inline(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """Raw HTML without the tags that GFM §6.11 disallows."""
        return self.html_block(tokens, idx, options, env)


@lru_cache(maxsize=2)
def specified(name: Literal["commonmark", "gfm"]) -> MarkdownIt:
    """The parser of one public dialect."""
    if name == "commonmark":
        return _Specified("commonmark", renderer_cls=_CommonMark)
    parser = _Specified("commonmark", {"tasklists": True, "strikethrough_single_tilde": True}, renderer_cls=_GitHub)
    parser.enable(["table", "strikethrough"])
    gfm_autolink_plugin(parser)
    return parser
