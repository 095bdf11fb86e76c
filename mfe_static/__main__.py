"""The program: `mfe-static`, and `python -m mfe_static`."""

from mfe_static.garbage import seldom_collect


def main() -> None:
    """Run the command line."""
    seldom_collect()  # before anything large is imported
    from mfe_static.cli import main

    main()


if __name__ == "__main__":
    main()
