"""``python -m curtilage``: the command line."""

import sys

from curtilage.cli.curtilage import main

sys.exit(main())
