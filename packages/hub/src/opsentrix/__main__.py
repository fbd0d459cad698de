"""`python -m opsentrix`."""

from opsentrix.cli import main

main()
