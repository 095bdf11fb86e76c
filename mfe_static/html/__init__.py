"""Cutting HTML: where a text of HTML stays open, and what the checks need to know of it.

A text is cut exactly once, at its URLs, fragments and marks; afterwards stitching only joins strings. There is
no tree: one regular expression finds tags by the tokenizer's rules (HTML Standard §13.2.5) as far as they matter
here, which keeps what an author wrote byte for byte and costs microseconds a page. Quantifiers are possessive, so
no input makes it backtrack.

Templates cannot know URLs that close later, so `ref()` and `asset()` return marks: text between two code points that
are no characters (U+FDD0, U+FDD1) and that no source can contain.
"""

from mfe_static.html.cutting import cut, cut_simple, plain_text
from mfe_static.html.lines import Cutter
from mfe_static.html.moulds import Alike, Mould, Moulds
from mfe_static.html.slots import RESERVED

__all__ = ["RESERVED", "Alike", "Cutter", "Mould", "Moulds", "cut", "cut_simple", "plain_text"]
