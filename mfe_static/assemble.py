"""Assemble: the last work on each page, in whichever process: stitch it, look at it, write it.

A page that is as it was in an earlier build is left alone, when its document still stands in the output. All others are
composed, in batches of one team. A worker writes the document itself and appends what is known of its parts to the
team's pack; what comes back is a row (`Stitched`).
"""

from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

import msgspec

from mfe_static.assets.variants import Wanted
from mfe_static.bench import Asked, Bench, body_of
from mfe_static.checks import Seen, look
from mfe_static.clock import Spent, Timings
from mfe_static.digests import Digest, digest
from mfe_static.encode import encode
from mfe_static.kept import Blob, Read
from mfe_static.packing import packed
from mfe_static.routes import output_path
from mfe_static.state import Pack, size_of
from mfe_static.steps import Steps, in_step
from mfe_static.stitch import Marks
from mfe_static.stitched import Composed, Early, KeptPages, Stitched, Uses, Waiting
from mfe_static.workers import Crew, batches
from mfe_static.write import Placed, Staging

Task = Sequence[tuple[Asked, Digest]]
"""Some pages of one team, each with the digest of the document that stands in the output."""


class Batch(msgspec.Struct, frozen=True, array_like=True):
    """What a worker made of some pages."""

    rows: tuple[Stitched | None, ...]
    """None: pictures that the page shows have to be encoded first. The others are without what whoever
    gave the task knows, so that it is held once: what the page says of itself, and its body."""
    parts: tuple[Blob, ...]
    """Where the parts of each page rest, which the rows do not say either."""
    uses: tuple[Uses, ...]
    written: tuple[tuple[int, bool] | None, ...]
    """What became of each document: see `Placed.modified`, `Placed.changed`; None: there is none."""
    reads: Mapping[str, tuple[Read, ...]]
    """What fragments looked at, by `team:name`."""
    variants: tuple[Digest, ...]
    """The variants of fragments that this process has rendered so far, each with a name of its own."""
    spent: tuple[Spent, ...]
    wanted: tuple[Wanted, ...] = ()
    """The pictures that have to be encoded."""


class Assembled(msgspec.Struct, frozen=True):
    """Every page of the site."""

    pages: Sequence[Composed]
    causes: Mapping[str, str]
    """The URLs of those that were stitched, and why."""
    variants: int
    """How many variants of fragments were rendered."""

    @property
    def failed(self) -> bool:
        """Whether any page has an error."""
        return any(found.severity == "error" for composed in self.pages for found in composed.row.problems)


def assemble(
    bench: Bench,
    marks: Marks,
    kept: Mapping[str, KeptPages],
    causes: Mapping[str, str],
    staging: Staging | None,
    *,
    crew: Crew,
    timings: Timings,
    progress: Callable[[int], None],
    encoding: Callable[[int, int], None],
    meanwhile: Iterator[object],
    waiting: Waiting,
) -> Assembled:
    """Every page of the site, in the order of the teams; those of `causes` are stitched, and those whose document is
    not in the output any more; the others are kept.

    `encoding`: told how many pictures are encoded, and how many have to be. `meanwhile`: steps of other work, each done
    while processes stitch; all are done in the end.
    """
    there = len(bench.pages) - len(causes)
    progress(there)
    stitching = _Stitching(bench, marks, kept, staging, timings, waiting, encoding)
    for done in stitching.of(causes, crew):
        progress(there + done)
        next(meanwhile, None)
    deque(meanwhile, maxlen=0)
    if staging:  # looked at only now, so that nobody waits for it who waits for a page
        lost = {
            url: "its document in the output is missing or was changed"
            for url, (page, _, _) in bench.pages.items()
            if url not in causes and not staging.keep(output_path(url), kept[page.team].pages[url].mark)
        }
        deque(stitching.of(lost, crew), maxlen=0)
        causes = {**causes, **lost} if lost else causes
    pages = tuple(_pages(bench, kept, stitching.done))
    return Assembled(pages, causes, len(stitching.variants))


class _Stitching:
    """Stitching pages, in this process or in others, and what came of it so far."""

    def __init__(
        self,
        bench: Bench,
        marks: Marks,
        kept: Mapping[str, KeptPages],
        staging: Staging | None,
        timings: Timings,
        waiting: Waiting,
        encoding: Callable[[int, int], None],
    ) -> None:
        self._bench, self._marks, self._kept, self._encoding = bench, marks, kept, encoding
        self._staging, self._timings, self._waiting = staging, timings, waiting
        self.done: dict[str, Composed] = {}
        self.variants: set[Digest] = set()
        self._wanted: dict[Digest, Wanted] = {}
        """Pictures that have to be encoded before pages can show them."""

    def of(self, causes: Mapping[str, str], crew: Crew) -> Iterator[int]:
        """Stitch the pages; yields now and then how many are done. Those that show pictures of which nothing is known
        are stitched once more when these are encoded: only stitching tells which pictures a page shows."""
        done, urls = 0, list(causes)
        while urls:
            tasks = self._tasks(urls, crew.jobs)
            for task, data in crew.work_through(assembled, {"": self._bench}, tasks, amount=len(urls)):
                done += self._take(task, msgspec.msgpack.decode(data, type=Batch), causes)
                yield done
            if not self._wanted:
                return
            self._encode(crew)
            urls = [url for url in urls if url not in self.done]

    def _encode(self, crew: Crew) -> None:
        assert self._bench.encoding is not None
        for wanted, variants in encode(
            self._bench.encoding,
            self._wanted.values(),
            crew=crew,
            timings=self._timings,
            progress=self._encoding,
            waiting=self._waiting,
        ):
            self._bench.stitcher.learn(wanted, variants)
        self._wanted.clear()

    def _tasks(self, urls: Collection[str], jobs: int) -> Iterator[tuple[str, Task]]:
        """Batches of one team each; pages that somebody waits for go first."""
        pages, staging = self._bench.pages, self._staging if self._staging and self._staging.stood else None
        teams: dict[str, list[str]] = {}
        for url in urls:
            teams.setdefault(pages[url][0].team, []).append(url)
        dealt: set[str] = set()
        for _, batch in batches(teams.items(), len(urls), jobs):
            wanted = [url for url in self._waiting.first() if url not in dealt]
            first = [url for url in wanted if url in urls]
            self._tell_standing(set(wanted).difference(first))
            dealt.update(wanted)
            rest = [url for url in batch if url not in dealt]
            dealt.update(rest)
            for task in (*([url] for url in first), rest):
                if task:
                    yield "", [(pages[url], staging.standing(output_path(url)) if staging else "") for url in task]

    def _tell_standing(self, urls: Collection[str]) -> None:
        """Tell the documents of pages that need not be stitched, if they stand in the output."""
        early = {}
        for url in urls:
            row = self._kept[self._bench.pages[url][0].team].pages.get(url) if url in self._bench.pages else None
            path = output_path(url)
            if row and row.mark and self._staging and url not in self.done and self._staging.standing(path) == row.mark:
                early[url] = Early(self._staging.place(path, changed=False), row.mark)
        if early and self._waiting.made:
            self._waiting.made(early)

    def _take(self, task: Task, batch: Batch, causes: Mapping[str, str]) -> int:
        """Take in what a worker made; returns how many pages are done."""
        early = {}
        made = zip(task, batch.rows, batch.parts, batch.written, strict=True)
        for ((page, name, body), _), lean, parts, written in made:
            if lean is None:
                continue
            row = msgspec.structs.replace(lean, page=name, body=body or b"", parts=parts)
            self.done[page.url] = Composed(page, row, batch.uses[row.uses], causes[page.url])
            if self._staging and written:
                placed = Placed(output_path(page.url), row.mark, row.size, *written)
                self._staging.add(placed)
                if self._waiting.made and not any(found.severity == "error" for found in row.problems):
                    place = self._staging.place(placed.path, changed=placed.changed)
                    early[page.url] = Early(place, placed.digest)
        if early and self._waiting.made:
            self._waiting.made(early)
        self._marks.learn(batch.reads)
        self.variants.update(batch.variants)
        self._timings.add(batch.spent)
        self._wanted.update({wanted.key: wanted for wanted in batch.wanted})
        return len(batch.rows) - batch.rows.count(None)


def _pages(bench: Bench, kept: Mapping[str, KeptPages], done: Mapping[str, Composed]) -> Iterator[Composed]:
    for url, (page, _, _) in bench.pages.items():
        if url in done:
            yield done[url]
        else:
            was = kept[page.team]
            yield Composed(page, was.pages[url], was.uses[was.pages[url].uses])


def assembled(bench: Bench, task: Task) -> bytes:
    """Stitch, look at and write some pages: a `Batch`, encoded."""
    uses: dict[Uses, int] = {}
    ours: set[str] = set()
    timings = bench.stitcher.timings
    with Pack(bench.packs[task[0][0][0].team]) as pack:
        works = (
            (asked[0].url, size_of(asked[2] or b""), _assembled(bench, pack, asked, standing, uses, ours))
            for asked, standing in task
        )
        rows, known, written = zip(*in_step("stitch", works, timings), strict=True)
        parts = tuple(pack.put_all([(data, b"", b"") for data in known]))
    fragments = bench.stitcher.fragments
    reads = {
        f"{team}:{name}": tuple(sorted(its.names))
        for team, kit in fragments.kits.items()
        for name, its in kit.reads.items()
    }
    variants = tuple(fragments.rendered.values())
    pictures = bench.stitcher.pictures
    wanted = tuple(pictures.wanted.values())
    pictures.wanted.clear()
    batch = Batch(rows, parts, tuple(uses), written, reads, variants, timings.taken(), wanted)
    return msgspec.msgpack.encode(batch)


def _assembled(
    bench: Bench, pack: Pack, asked: Asked, standing: Digest, uses: dict[Uses, int], ours: set[str]
) -> Steps[tuple[Stitched | None, bytes, tuple[int, bool] | None]]:
    """The row of a page, what is known of its parts, and what became of its document."""
    page, _, place = asked
    body = body_of(pack, place)
    yield
    whole = yield from bench.stitcher.composer.compose(page, body)
    if whole.missed:
        return None, b"", None
    html = whole.html
    policy, failed = bool(bench.site.policy), page.url in bench.failed
    seen = look(page, whole.parts, policy=policy, failed=failed) if html else Seen()
    yield
    limit = budget.html if (budget := bench.stitcher.builds[page.team].sources.budget) else None
    placed = bench.writer.put(output_path(page.url), html, standing, ours) if html and bench.writer else None
    yield
    row = Stitched(
        mark=placed.digest if placed else digest(html) if html else "",
        size=len(html),
        page="",
        body=b"",
        uses=uses.setdefault(whole.uses, len(uses)),
        parts=b"",
        ids=seen.ids,
        anchored=seen.anchored,
        fallbacks=whole.fallbacks,
        problems=(*whole.problems, *seen.problems),
        packed=len(packed(html)) if limit is not None and len(html) > limit else 0,
    )
    return row, msgspec.msgpack.encode(whole.parts), (placed.modified, placed.changed) if placed else None
