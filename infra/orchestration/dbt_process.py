"""dbt in a process of its own, which keeps the database until it is asked to let go.

Between the end of a build and the copy of its result nobody may write: a version whose raw rows
are newer than its facts would not be the one that was tested. dbt holds the file for the whole of
a run, and so this process does not end with the run.

It is a script that needs nothing but dbt. On stdout it says, one JSON object a line, which node
begins or ends, `{"progress": [...]}`, and at last `{"outcome": ...}`. From then on each line of
stdin is `[sql, parameters]`, run on dbt's own connection and answered by a line `{"rows": [...]}`
or `{"error": ...}`. The end of stdin ends the process.
"""

import gc
import json
import re
import sys
import threading
from typing import Any

from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.artifacts.schemas.run import RunExecutionResult
from dbt.cli.main import dbtRunner, dbtRunnerResult
from dbt_common.events.base_types import EventMsg

# dbt's threads report their nodes; a line is one thread's.
_SPEAKING = threading.Lock()

# What stands between "Python model failed" and the reason.
_TRACEBACK = re.compile(r" *Traceback \(most recent call last\):\n(?: {4,}.*\n)*")


def main() -> None:
    """Run dbt with the arguments of this process, report, and serve until stdin ends."""
    # dbt makes hundreds of thousands of small objects and drops few; the process is short-lived.
    gc.set_threshold(100_000, 50, 50)
    gc.freeze()
    _say({"outcome": _outcome(dbtRunner(callbacks=[_report]).invoke(sys.argv[1:]))})
    for line in sys.stdin:
        sql, parameters = json.loads(line)
        _say(_answer(sql, parameters))


def _report(event: EventMsg) -> None:
    """Say which model, seed or test begins or ends, if the event is about one."""
    data = event.data
    total = getattr(data, "total", 0) or getattr(data, "num_models", 0)
    if not total or not hasattr(data, "index"):
        return
    node = data.node_info
    if node.resource_type not in ("", "operation"):
        _say({"progress": [total, node.resource_type, node.node_name, node.node_status]})


def _outcome(result: dbtRunnerResult) -> dict[str, Any]:
    nodes = result.result.results if isinstance(result.result, RunExecutionResult) else []
    return {
        "is_success": result.success,
        "error": str(result.exception) if result.exception else None,
        "nodes": [
            {
                "kind": str(node.node.resource_type),
                "name": node.node.name,
                "status": str(node.status),
                "message": node.message and _TRACEBACK.sub("", node.message),
                "failing_rows": node.failures,
                "sql": getattr(node.node, "compiled_code", None),
            }
            for node in nodes
        ],
    }


def _answer(sql: str, parameters: list[Any]) -> dict[str, Any]:
    try:
        environment: Any = DuckDBConnectionManager.env()
        cursor = environment.handle().cursor()
        cursor.execute(sql, parameters)
        names = [column[0] for column in cursor.description or []]
        return {"rows": [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]}
    except Exception as error:  # The asker is another process: it gets every error.
        return {"error": str(error)}


def _say(message: dict[str, Any]) -> None:
    with _SPEAKING:
        sys.stdout.write(json.dumps(message, default=str) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
