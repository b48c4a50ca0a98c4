"""`python -m hebb`: the same command line."""

from hebb.cli import main

if __name__ == "__main__":
    main()
