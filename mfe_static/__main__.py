"""The program: `mfe-static`, and `python -m mfe_static`."""

from mfe_static.garbage import seldom_collect


def main() -> None:
    """Run the command line."""
    seldom_collect()  # before anything large is imported
    try:
        from mfe_static.cli import main

        main()
    except KeyboardInterrupt:  # before the command line can say something about it, or after
        raise SystemExit(130) from None


if __name__ == "__main__":
    main()
