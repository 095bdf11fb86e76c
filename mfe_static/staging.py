"""The tree that a build puts the site into, opened as early as can be.

Another process looks at what stands in the output (`output.ahead`) while this one reads the sources: both take long,
and somebody waits. Before the sources are read nobody can say where the site goes; mostly it is where the last one is.
"""

from contextlib import ExitStack

from mfe_static.memory import Memory
from mfe_static.problems import Problem
from mfe_static.run import Run
from mfe_static.survey import STATE
from mfe_static.write import Doubler, Staging, open_output


def staging_ahead(run: Run, memory: Memory, stack: ExitStack) -> Staging | None:
    """The tree, if the site goes where the last one went; None: there was no last one, or it cannot be opened. `stack`
    closes it."""
    last = memory.site.outcome
    found = _opened(run, memory, stack, last.report.output, ahead=True) if last and run.options.write else None
    return found if isinstance(found, Staging) else None


def staging(
    run: Run, memory: Memory, stack: ExitStack, early: Staging | None, *, ahead: bool, doubler: Doubler | None
) -> Staging | None:
    """The tree; None when nothing is to be written, or cannot be. `stack` closes it.

    `early`: one that was opened before the sources were read. `ahead`: whether another process is to look at it
    meanwhile; it would take the processor from whoever waits for a page. `doubler`: who makes an idle one.
    """
    output, last = run.space.settings.output, memory.site.outcome
    if not run.options.write:
        return None
    if early and last and last.report.output == output and not run.ran:
        return early
    if early:  # it was seen elsewhere, or before commands did who knows what
        early.close()
    found = _opened(run, memory, stack, output, ahead=ahead)
    if isinstance(found, Problem):
        run.problems.append(found)
        return None
    if doubler:
        found.double_by(doubler)
    return found


def _opened(run: Run, memory: Memory, stack: ExitStack, output: str, *, ahead: bool) -> Staging | Problem:
    root, trusted = run.seen.root, memory.site.outcome is not None
    sources = [folder for name in ("teams", "themes", "public") if (folder := root / name).exists()]
    found = open_output(root / output, sources=sources, state=root / STATE, trusted=trusted)
    if isinstance(found, Staging):
        stack.enter_context(found)
        if ahead:
            found.look_ahead()
    return found
