"""`python -m thalweg`: what there is to do with files from a terminal."""

import sys

from .tools import main

if __name__ == "__main__":
    sys.exit(main())
