"""`python -m mfe_static` is `mfe-static`."""

from mfe_static.cli import main

if __name__ == "__main__":
    main()
