"""`python -m opsentrix_agent`."""

import sys

from opsentrix_agent.cli import main

sys.exit(main())
