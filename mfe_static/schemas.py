"""The JSON that commands answer with, as types: what `--json` prints is made from them, and so are its schemas.

Whoever reads the answers may rely on these keys; new ones may come. Files of users (`site.toml` and the others) have
their schemas from `settings`, through `config`.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, get_args

import msgspec
from msgspec import UNSET, Meta, UnsetType

from mfe_static.config import schema as file_schema
from mfe_static.config.reference import File
from mfe_static.graph import Graph
from mfe_static.problems import Problem, Severity

Answer = Literal[
    "problem",
    "build",
    "check",
    "url",
    "why",
    "graph",
    "diff",
    "deploy",
    "deploys",
    "made",
    "removed",
    "ready",
    "built",
    "notice",
    "failed",
]


class _Row(msgspec.Struct, frozen=True, kw_only=True):
    """One JSON object."""


class RelatedRow(_Row, frozen=True, kw_only=True):
    """The other side of a conflict."""

    file: str
    line: int
    team: str
    owner: str


class ProblemRow(_Row, frozen=True, kw_only=True):
    """Something a user must know."""

    code: Annotated[str, Meta(description="one of `mfe-static list problems`")]
    severity: Severity
    file: Annotated[str, Meta(description="relative to the site's root; empty: no file is at fault")]
    line: Annotated[int, Meta(description="1-based; 0: the whole file")]
    column: Annotated[int, Meta(description="1-based, in characters; 0: the whole line")]
    length: Annotated[int, Meta(description="how many characters are meant")]
    excerpt: Annotated[str, Meta(description="the text of the line")]
    message: str
    hint: str
    team: str
    owner: str
    url: str
    related: tuple[RelatedRow, ...]
    output: Annotated[
        tuple[str, ...] | UnsetType,
        Meta(description="the last lines that another program printed, where one failed; what bytes are spent on"),
    ] = UNSET


class TeamRow(_Row, frozen=True, kw_only=True):
    """What a build did for one team."""

    pages: int
    rendered: int
    errors: int
    warnings: int
    owner: str
    path: Annotated[str, Meta(description="the path prefix; empty: no pages")]


class ExplainRow(_Row, frozen=True, kw_only=True):
    """Why a page was rendered or stitched, or neither."""

    url: str
    state: Literal["rendered", "stitched", "reused", "listing"]
    causes: tuple[str, ...]


class PhaseRow(_Row, frozen=True, kw_only=True):
    """A step of a build, on the clock."""

    name: str
    seconds: float


class WorkRow(_Row, frozen=True, kw_only=True):
    """One kind of work, in all processes."""

    phase: Annotated[str, Meta(description="the phase in which it is done")]
    kind: str
    times: int
    seconds: float


class TeamTimeRow(_Row, frozen=True, kw_only=True):
    """The work on the pages of a team."""

    name: str
    owner: str
    pages: int
    rendered: int
    stitched: int
    seconds: float


class TemplateTimeRow(_Row, frozen=True, kw_only=True):
    """A Jinja page or a layout."""

    file: str
    kind: Literal["page", "team layout", "theme layout"]
    times: int
    seconds: float


class FragmentTimeRow(_Row, frozen=True, kw_only=True):
    """The template of a fragment."""

    name: Annotated[str, Meta(description="`team:name`")]
    times: Annotated[int, Meta(description="each variant once, by each process that needs it")]
    seconds: float


class PageTimeRow(_Row, frozen=True, kw_only=True):
    """A page file and the pages made of it."""

    file: str
    url: Annotated[str, Meta(description="the first of its pages; empty: there is none")]
    pages: int
    team: str
    owner: str
    read: float
    render: float
    stitch: float
    seconds: Annotated[float, Meta(description="read, render and stitch together")]


class CauseRow(_Row, frozen=True, kw_only=True):
    """Why pages could not be taken from the memory."""

    step: Literal["render", "stitch"]
    cause: str
    pages: int


class KeptRow(_Row, frozen=True, kw_only=True):
    """How much of what was remembered could be used."""

    kept: int
    made: int
    share: Annotated[float, Meta(description="0 to 1")]


class ProfileRow(_Row, frozen=True, kw_only=True):
    """Where the time of a build went. Lists begin with what took longest, or happened most often; times are seconds."""

    total: float
    processes: int
    busy: Annotated[float, Meta(description="the part of render and stitch in which the processes worked, 0 to 1")]
    bodies: KeptRow
    pages: KeptRow
    variants: Annotated[int, Meta(description="variants of fragments that were rendered")]
    phases: tuple[PhaseRow, ...]
    work: tuple[WorkRow, ...]
    teams: tuple[TeamTimeRow, ...]
    templates: tuple[TemplateTimeRow, ...]
    fragments: tuple[FragmentTimeRow, ...]
    slowest: tuple[PageTimeRow, ...]
    causes: tuple[CauseRow, ...]
    left: Annotated[Mapping[str, int], Meta(description="how many rows are left out of a list, by its name here")]


class BuildRow(_Row, frozen=True, kw_only=True):
    """What `build` and `check` answer."""

    ok: Annotated[bool, Meta(description="whether the exit code is 0")]
    pages: int
    rendered: Annotated[int, Meta(description="page bodies that were rendered")]
    reused: Annotated[int, Meta(description="page bodies that came from the cache")]
    listings: Annotated[int, Meta(description="pages without a body, that only list others")]
    fragments: Annotated[int, Meta(description="variants of fragments that were rendered")]
    stitched: Annotated[int, Meta(description="pages that were composed")]
    written: Annotated[int, Meta(description="files whose bytes changed")]
    removed: int
    bytes: Annotated[int, Meta(description="size of the whole site; 0 when nothing was published")]
    problems: tuple[ProblemRow, ...]
    teams: Mapping[str, TeamRow]
    seconds: Annotated[Mapping[str, float], Meta(description="by phase, and `total`")]
    verified: Annotated[bool, Meta(description="whether a clean build made the same site")] | UnsetType = UNSET
    explain: tuple[ExplainRow, ...] | UnsetType = UNSET
    profile: ProfileRow | UnsetType = UNSET


class WeightRow(_Row, frozen=True, kw_only=True):
    """Bytes that a page makes a browser load, uncompressed."""

    html: int
    css: int
    js: int


class UrlRow(_Row, frozen=True, kw_only=True):
    """A page, as `list urls` shows it."""

    url: str
    team: str
    source: str
    layout: str
    title: str
    fragments: tuple[str, ...]
    css: tuple[str, ...]
    js: tuple[str, ...]
    bytes: WeightRow


class FragmentRow(_Row, frozen=True, kw_only=True):
    """A fragment on a page."""

    fragment: str
    team: str
    owner: str


class LinkFromRow(_Row, frozen=True, kw_only=True):
    """A source file that links to a page."""

    file: str
    team: str
    owner: str
    url: Annotated[str, Meta(description="the first page that the link stands on")]
    pages: Annotated[int, Meta(description="how many pages it stands on")]


class LinkToRow(_Row, frozen=True, kw_only=True):
    """A link to a page of another team."""

    url: str
    team: str
    written: Annotated[str, Meta(description="the link as its author wrote it")]


class WhyRow(_Row, frozen=True, kw_only=True):
    """What is behind one URL."""

    url: str
    kind: Literal["page", "file"]
    team: str
    owner: str
    source: str
    layout: str = ""
    title: str = ""
    description: str = ""
    fragments: tuple[FragmentRow, ...] = ()
    css: tuple[str, ...] = ()
    js: tuple[str, ...] = ()
    bytes: WeightRow | None = None
    aliases: tuple[str, ...] = ()
    linked_from: tuple[LinkFromRow, ...] = ()
    links_to: tuple[LinkToRow, ...] = ()


class ChangeRow(_Row, frozen=True, kw_only=True):
    """A file that came, went or changed."""

    path: Annotated[str, Meta(description="in the output; of what changed, the new one")]
    kind: Literal["page", "asset", "target", "file"]
    team: Annotated[str, Meta(description="whose the page or file is; empty: nobody's")]
    was: Annotated[str, Meta(description="the old path of an asset that has another fingerprint; else empty")]


class GroupRow(_Row, frozen=True, kw_only=True):
    """Pages that differ in the same way. Lines are the first ones, shortened."""

    where: Annotated[str, Meta(description="the places that differ, such as `header › nav, main`")]
    pages: int
    only: Annotated[int, Meta(description="how many of the pages differ in nothing else")]
    teams: tuple[str, ...]
    removed: tuple[str, ...]
    added: tuple[str, ...]
    urls: tuple[str, ...]


class SizesRow(_Row, frozen=True, kw_only=True):
    """What the outputs weigh."""

    old: int
    new: int


class DiffRow(_Row, frozen=True, kw_only=True):
    """What `diff` answers. Lists are sorted; `groups` begins with the largest."""

    ok: Annotated[bool, Meta(description="whether all could be compared, not whether it is the same")]
    added: tuple[ChangeRow, ...]
    removed: tuple[ChangeRow, ...]
    changed: tuple[ChangeRow, ...]
    groups: Annotated[tuple[GroupRow, ...], Meta(description="why pages changed; a page may stand in several")]
    bytes: SizesRow
    problems: tuple[ProblemRow, ...]


class FilesRow(_Row, frozen=True, kw_only=True):
    """Some files."""

    files: int
    bytes: int


class ChangesRow(_Row, frozen=True, kw_only=True):
    """How what is live and what is to be differ; as of `diff`."""

    added: tuple[ChangeRow, ...]
    removed: tuple[ChangeRow, ...]
    changed: tuple[ChangeRow, ...]
    groups: tuple[GroupRow, ...]
    unread: Annotated[int, Meta(description="pages that changed and were not read, so that no group has them")]


class DeploymentRow(_Row, frozen=True, kw_only=True):
    """A deployment that a host knows."""

    id: str
    made: Annotated[str, Meta(description="when, in UTC (RFC 3339)")]
    address: str
    live: bool
    said: Annotated[str, Meta(description="its message")]
    where: Annotated[
        str, Meta(description="what holds it, where the address does not tell: a folder, a branch, a bucket")
    ]


class DeployRow(_Row, frozen=True, kw_only=True):
    """What `deploy`, `deploys rollback` and `diff PLACE` answer."""

    ok: Annotated[bool, Meta(description="whether the exit code is 0")]
    place: Annotated[str, Meta(description="as in `[deploy.<name>]`; empty: none was found")]
    target: Annotated[str, Meta(description="the kind of host")]
    preview: Annotated[str, Meta(description="the name of the preview; empty: the site itself")]
    release: Annotated[str, Meta(description="names the site's content; empty: nothing was read")]
    upload: Annotated[FilesRow, Meta(description="what differs from what is live")]
    remove: Annotated[int, Meta(description="files that will not be answered for any more")]
    kept: Annotated[int, Meta(description="assets of earlier deployments that stay")]
    purge: Annotated[tuple[str, ...], Meta(description="URL paths that caches must forget")]
    changes: ChangesRow | None
    sent: Annotated[int, Meta(description="files that were sent")]
    pruned: Annotated[int, Meta(description="files that the host could throw away")]
    deployment: Annotated[DeploymentRow | None, Meta(description="what went live; null: nothing did")]
    problems: tuple[ProblemRow, ...]


class DeploysRow(_Row, frozen=True, kw_only=True):
    """What `deploys list` answers: newest first."""

    ok: bool
    deployments: tuple[DeploymentRow, ...]
    problems: tuple[ProblemRow, ...] = ()


class MadeRow(_Row, frozen=True, kw_only=True):
    """What `new` did."""

    ok: bool
    created: tuple[str, ...]
    changed: tuple[str, ...]
    problems: tuple[ProblemRow, ...] = ()


class RemovedRow(_Row, frozen=True, kw_only=True):
    """What `clean` did."""

    ok: bool
    removed: Annotated[int, Meta(description="files of the site that were removed")]
    cache: Annotated[bool, Meta(description="whether the cache was removed")]
    left: Annotated[tuple[str, ...], Meta(description="files that are not ours and stay")] = ()
    problems: tuple[ProblemRow, ...] = ()


class ReadyRow(_Row, frozen=True, kw_only=True):
    """A server takes requests: the first event of `serve` and `dev`."""

    event: Literal["ready"]
    url: str
    urls: Annotated[tuple[str, ...], Meta(description="all addresses, the first of them `url`")]
    problems: tuple[ProblemRow, ...] = ()


class BuiltRow(BuildRow, frozen=True, kw_only=True):
    """A build of `dev` is over: an event, `failed` where errors kept it from going live."""

    event: Literal["built", "failed"]
    changed: Annotated[tuple[str, ...] | None, Meta(description="the files it was for; null: nobody knows")]


class NoticeRow(_Row, frozen=True, kw_only=True):
    """Something to know of `dev` itself, or an island that failed in a browser."""

    event: Literal["notice"]
    problems: tuple[ProblemRow, ...]


class StoppedRow(_Row, frozen=True, kw_only=True):
    """A server that could not begin, which is the only event then; or a build of it that came to no answer."""

    event: Literal["failed"]
    ok: Literal[False]
    problems: tuple[ProblemRow, ...]


class FailedRow(_Row, frozen=True, kw_only=True):
    """The answer of any command that could not answer."""

    ok: Literal[False]
    problems: tuple[ProblemRow, ...]


def problem_row(found: Problem) -> ProblemRow:
    """A problem as other programs see it."""
    values = {name: getattr(found, name) for name in ProblemRow.__struct_fields__ if name not in {"related", "output"}}
    related = tuple(
        RelatedRow(file=other.file, line=other.line, team=other.team, owner=other.owner) for other in found.related
    )
    return ProblemRow(**values, related=related, output=found.output or UNSET)


def names() -> tuple[str, ...]:
    """Everything that has a schema."""
    return (*get_args(File), *get_args(Answer))


def schema(name: str) -> dict[str, Any]:
    """The JSON Schema (2020-12) of a file or of an answer, by one of `names()`."""
    for file in get_args(File):
        if name == file:
            return file_schema(file)
    kinds: dict[str, type[msgspec.Struct]] = {
        "problem": ProblemRow, "build": BuildRow, "check": BuildRow, "url": UrlRow, "why": WhyRow, "graph": Graph,
        "diff": DiffRow, "deploy": DeployRow, "deploys": DeploysRow,
        "made": MadeRow, "removed": RemovedRow, "ready": ReadyRow, "built": BuiltRow, "notice": NoticeRow,
        "failed": StoppedRow,
    }  # fmt: skip
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **msgspec.json.schema(kinds[name])}
