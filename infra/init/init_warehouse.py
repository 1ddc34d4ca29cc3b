"""`python infra/init/init_warehouse.py` is `warehouse init`."""

import sys

from infra.cli import run

if __name__ == "__main__":
    sys.exit(run(["init", *sys.argv[1:]]))
