"""`python -m deploy`: the command line."""

import sys


def main() -> None:
    """Run the command line with the arguments of this process."""
    from deploy.cli.app import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
