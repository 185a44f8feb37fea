"""`python -m cli` runs the `lienzo` command."""

from cli.main import run

if __name__ == "__main__":
    run()
