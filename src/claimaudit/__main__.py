"""Run the command line: ``python -m claimaudit``."""

from .cli import main

if __name__ == "__main__":
    raise SystemExit(main())
