"""The command `payam`."""

from __future__ import annotations

import sys

from hub.shipped import ForeignChannels, refuse_foreign_channels


def main() -> None:
    """Run the command line and leave: 0 when all is well, 1 for a fault, 2 for a wrong command.

    What can go wrong is said in a sentence, with what to do. A traceback is a fault of ours.
    """
    try:
        refuse_foreign_channels()
    except ForeignChannels as error:
        sys.exit(f"payam: {error}")
    from hub.cli import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
