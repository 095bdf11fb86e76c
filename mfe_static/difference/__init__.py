"""What changed between two outputs, by team and by cause: "1,240 pages: header only".

Two `Contents` go in and a `Comparison` comes out. What is the same by its digest is never read. Of each pair of pages
that differ, the stretches that do are found and named by the landmark around them (`documents`); what is the same on
many pages is told once, and so are causes that always come together (`groups`).

Invariant: time grows with what differs, n log n in the lines of a page, and of the pages one pair is held at a time.
"""

from mfe_static.difference.compare import KINDS, Change, Comparison, compare
from mfe_static.difference.contents import Contents, standing
from mfe_static.difference.groups import Group

__all__ = ["KINDS", "Change", "Comparison", "Contents", "Group", "compare", "standing"]
