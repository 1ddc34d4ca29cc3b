"""The variables of the dbt project, as a call of a kernel is handed them."""

from pathlib import Path
from typing import Any

import yaml

PROJECT_FILE = Path(__file__).resolve().parents[1] / "dbt" / "dbt_project.yml"
VARIABLES: dict[str, Any] = yaml.safe_load(PROJECT_FILE.read_text("utf-8"))["vars"]
