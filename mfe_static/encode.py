"""Encode: pictures that pages want to show, in all processes at once, each one time.

One is a task by itself, and worth as much as many pages. Whoever waits for something newer may end it between two
pictures: what is done rests on disk by then.
"""

from collections.abc import Callable, Collection, Iterator

from mfe_static.assets.variants import Encoding, Unwritten, Wanted, made
from mfe_static.clock import Spent, Timings
from mfe_static.kept import Variants
from mfe_static.state import Damaged
from mfe_static.stitched import Waiting
from mfe_static.workers import WORTH_IT, Crew


def encode(
    encoding: Encoding,
    pictures: Collection[Wanted],
    *,
    crew: Crew,
    timings: Timings,
    progress: Callable[[int, int], None],
    waiting: Waiting,
) -> Iterator[tuple[Wanted, Variants]]:
    """What each picture becomes, in order. `progress`: told how many are done, and of how many. Raises `Damaged`."""
    progress(0, len(pictures))

    def tasks() -> Iterator[tuple[str, Wanted]]:
        for picture in pictures:
            waiting.first()  # which may end the build
            yield "", picture

    amount = WORTH_IT * (len(pictures) - 1)
    try:
        for number, (picture, done) in enumerate(crew.work_through(made, {"": encoding}, tasks(), amount=amount), 1):
            if done.seconds:
                timings.add([Spent("encode", f"{picture.team}:{picture.path}", 1, done.seconds)])
            progress(number, len(pictures))
            yield picture, done.variants
    except Unwritten as failed:
        raise Damaged(".mfe/pictures", str(failed), full=True) from failed
