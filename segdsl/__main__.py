"""``python -m segdsl``: the command line."""

from segdsl.cli.main import main

main()
