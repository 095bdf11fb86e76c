"""Shadows: fragments whose rules and ids stay in them, as declarative shadow DOM (HTML Standard §4.12.3.2).

    <mfe-shadow team="inspire" fragment="box"><template shadowrootmode="open" …><link rel="stylesheet" …>…</template>
    </mfe-shadow>

The parser makes the tree, so it is complete without script. Style sheets that a fragment needs are linked in it, those
of fragments within it, too; the page's do not reach in. An island in it is an element like any other there, and finds
its own HTML. Roots can be cloned, so what stands around a shadow may be copied as it was rendered.
"""

from collections.abc import Collection, Iterable, Mapping
from html import escape

from mfe_static.assets import AssetFolder
from mfe_static.pieces import Slot
from mfe_static.stitch.ending import style_links
from mfe_static.stitch.fragments import Fragments, Variant
from mfe_static.stitch.resolved import AssetFile

END = "</template></mfe-shadow>"
NAMES = frozenset({"id", "class"})
"""Attributes of the tag that are those of the shadow, and not of the island in it."""


class Shadows:
    """The shadows of a site."""

    def __init__(
        self, teams: Collection[str], fragments: Fragments, folders: Mapping[str, AssetFolder], base_path: str
    ) -> None:
        """`teams`: those whose fragments have one."""
        self._teams, self._fragments, self._folders, self._base_path = teams, fragments, folders, base_path

    def __contains__(self, team: str) -> bool:
        return team in self._teams

    def begin(self, slot: Slot, variant: Variant, inner: Iterable[Variant]) -> tuple[str, frozenset[AssetFile]]:
        """What stands before a variant, and the style sheets in it. `inner`: the variants that it shows itself."""
        given = {name: value for name, value in slot.island if name in NAMES}
        given |= {"team": variant.team, "fragment": variant.name}
        texts = [f' {name}="{escape(value)}"' for name, value in given.items() if value]
        sheets = {
            file: asset
            for file in dict.fromkeys(self._sheet(each) for each in (variant, *inner))
            if file and (asset := self._folders[file[0]].get(*file[1:]))
        }
        links = style_links(list(sheets.values()), self._base_path)
        root = '<template shadowrootmode="open" shadowrootclonable>'
        return f"<mfe-shadow{''.join(texts)}>{root}{links}", frozenset(sheets)

    def _sheet(self, variant: Variant) -> AssetFile | None:
        css = self._fragments.source(variant)[1].css
        return (variant.team, css, f"fragment-{variant.team}-{variant.name}") if css else None
