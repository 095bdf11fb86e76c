"""The whole pipeline on one screen.

        folders ─load─► sources ─render─► bodies ─stitch─► pages ─check─► ─targets─► files ─publish─► site

Build, check and dev run this and nothing else (invariant 6). Pages go into the staging tree as they are composed; they
become the live site only when the last check is done and no error stands (invariant 4). Each step asks the memory what
an earlier build made, and makes what is missing; where nothing at all changed, the earlier build's answer still stands.
"""

from contextlib import ExitStack, nullcontext
from functools import partial
from pathlib import Path

from mfe_static.early import begun, practise, read_on
from mfe_static.kept import Report
from mfe_static.memory import Memory
from mfe_static.pool import Killed, Pool
from mfe_static.problems import exit_code, problem
from mfe_static.run import Options, Progress, Result, Run
from mfe_static.session import Before, Overtaken, Session
from mfe_static.staging import staging, staging_ahead
from mfe_static.state import Damaged
from mfe_static.survey import STATE, is_large
from mfe_static.workers import Crew, Unwritable
from mfe_static.write import WORTH_DOUBLING, Doubler, OutputFailed, Placed, Staging, Written, lock


def build(root: Path, options: Options, progress: Progress = lambda *_: None, session: Session | None = None) -> Result:
    """Build the site in `root`. Problems are in the result; the output changes only when none is an error.

    `session`: what this process knows from the build before, and leaves to the next. Raises `Overtaken` if it does.
    """
    with ExitStack() as stack:
        pool = stack.enter_context(begun(root, options.jobs, cache=options.cache) or nullcontext())
        doubler = stack.enter_context(Doubler()) if pool and is_large(root, WORTH_DOUBLING) else None
        run = Run(root, options, progress, session or Session())
        found = bool(run.seen.own)
        if found and options.write and (busy := stack.enter_context(lock(root / STATE))):
            return Result([busy], exit_code([busy], strict=False), run.clock.seconds(), Report(""))
        memory = run.memory(found)
        stack.callback(memory.close if session is None else lambda: None)
        if options.quick and (same := run.same(memory)):
            return same
        early = staging_ahead(run, memory, stack) if session is None else None
        run.load(memory)
        stage = staging(run, memory, stack, early, ahead=session is None, doubler=doubler)
        if not found or not run.space.teams or (options.write and stage is None):
            return run.result()
        if pool is None and session is None and options.jobs != 1 and run.much_changed:
            pool = stack.enter_context(Pool(options.jobs, practise))
        while True:  # at most three times: with what is remembered, without it, and without remembering
            try:
                with Crew(options.jobs, memory.scratch, pool, meanwhile=read_on) as crew:
                    return _built(run, memory, stage, crew, patient=session is None)
            except Damaged as damaged:
                run.session.before = pool = None
                if not memory.forget(damaged):
                    run.problems.append(problem("disk-full", f"{damaged.name} {damaged.why}"))
                    return run.result()
                run.load(memory)
            except (Killed, OutputFailed, Unwritable) as failed:
                run.problems.append(failed.problem)
                return run.result()


def _built(run: Run, memory: Memory, staging: Staging | None, crew: Crew, *, patient: bool) -> Result:
    """The steps, one after another. `patient`: see `publish`."""
    from mfe_static.render import Publishing, render

    options, space, session, before = run.options, run.space, run.session, run.session.before
    teams = [team.name for team in space.teams]
    rows = {name: memory.team(name) for name in teams}
    with run.clock("render"):
        rendering = render(
            space.teams,
            space.site,
            Publishing(now=options.now, drafts=options.drafts or space.settings.drafts),
            kept={name: row.rendered for name, row in rows.items()},
            packs={name: memory.packs(name) for name in teams},
            sums=run.sums,
            crew=crew,
            timings=run.timings,
            progress=run.told("render", sum(len(team.pages) for team in space.teams)),
            before=before.rendering if before else None,
        )
        run.problems += [found for built in rendering.builds for found in built.problems]
    from mfe_static import checks  # read by now, where others rendered: see `read_on`
    from mfe_static.assemble import assemble
    from mfe_static.gather import gather, site_of
    from mfe_static.publish import hold, publish, remember
    from mfe_static.stale import stale
    from mfe_static.stitched import Waiting
    from mfe_static.targets import Ready, of_teams

    with run.clock("stitch"):
        bench, marks, around, modules = gather(run, rendering.builds, memory, staging, crew)
        kept = {name: row.pages for name, row in rows.items()}
        causes = stale(bench, marks, kept, before.settled(rendering, kept) if before else ())
        ready = Ready(memory.site.targets, staging.write if staging else _unwritten)
        contracts = of_teams(space.site, bench.builds, partial(bench.facts, rendering.facts))
        try:
            assembled = assemble(
                bench,
                marks,
                kept,
                causes,
                staging,
                crew=crew,
                timings=run.timings,
                progress=run.told("stitch", len(bench.pages)),
                encoding=partial(run.progress, "encode"),
                meanwhile=ready.prepare(contracts) if staging else iter(()),
                waiting=Waiting(session.first, session.made),
            )
        except Overtaken:
            hold(run, memory, rendering)
            session.before = before._replace(around=()) if before else None  # its stitcher has seen what is given up
            raise
    crew.dismiss()
    rendering.facts.clear()  # all contracts are made that have to be
    if staging and not assembled.failed:
        staging.nearly_done()
    with run.clock("check"):
        site = site_of(run, bench, assembled.pages, memory)
        found, checked = checks.check(site, memory.site.addresses)
        run.problems += [*bench.stitcher.problems(), *found]
    with run.clock("write"):
        published = publish(run, site, bench, ready, staging, patient=patient)
        written = published.written
    fallbacks = sum(composed.row.fallbacks for composed in site.pages)
    stitched = sum([bool(composed.cause and composed.row.body) for composed in site.pages])  # not the theme's own page
    report = run.report(bench.builds, stitched, assembled.variants, fallbacks)
    result = run.result(report=report, site=site, written=written or Written(0, 0, 0, 0), published=written is not None)
    with run.clock("remember"):
        remember(run, memory, rendering, assembled, bench, marks, published, checked, modules, result)
        session.before = Before(rendering, bench, around, {name: memory.team(name).pages for name in teams})
    if memory.problems:
        run.problems += memory.problems
        result = result._replace(problems=run.placed())
    return result._replace(seconds=run.clock.seconds(), spent=run.timings.taken())


def _unwritten(path: str, content: bytes) -> Placed:
    """A file of a build that writes nothing."""
    return Placed(path, "", len(content), 0, changed=False)
