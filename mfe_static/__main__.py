"""The program: `mfe-static`, and `python -m mfe_static`."""

import os
import sys

from mfe_static.garbage import seldom_collect


def main() -> None:
    """Run the command line."""
    _open_streams()
    if sys.getfilesystemencoding().lower() != "utf-8":  # names of files are UTF-8, whatever the locale says
        os.execv(sys.executable, [sys.executable, "-X", "utf8", "-m", "mfe_static", *sys.argv[1:]])  # noqa: S606  ourselves
    seldom_collect()  # before anything large is imported
    try:
        pool = None
        if sys.argv[1:2] == ["build"]:
            from mfe_static.early import early

            pool = early(sys.argv[1:])
        from mfe_static.cli import main

        main(pool)
    except KeyboardInterrupt:  # before the command line can say something about it, or after
        raise SystemExit(130) from None


def _open_streams() -> None:
    """Have all three standard streams: in the place of a closed one stood the next file that is opened, and it would
    get what is printed."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115  as long as the process


if __name__ == "__main__":
    main()
