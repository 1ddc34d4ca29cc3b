"""Avro schemas of the messages that producers send, derived from the records.

They hold what a file may bring as well; what only the warehouse writes is not in them.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from producer.records import KINDS
from producer.records.contract import (
    Column,
    Discipline,
    Record,
    SqlType,
    defaults_of,
    file_columns_of,
)

FOLDER = Path(__file__).parent
NAMESPACE = "portfolio_risk_warehouse"


def avro_schemas() -> dict[str, str]:
    """The text of every schema by its file's name."""
    return {
        f"{kind}.avsc": json.dumps(_schema(record), indent=2) + "\n"
        for kind, record in KINDS.items()
    }


def _schema(record: type[Record]) -> dict[str, Any]:
    defaults = defaults_of(record)
    return {
        "type": "record",
        "name": record.__name__,
        "namespace": NAMESPACE,
        "doc": (record.__doc__ or "").split("\n", 1)[0],
        "fields": [
            _field(record, name, column, defaults)
            for name, column in file_columns_of(record).items()
        ],
    }


def _field(
    record: type[Record], name: str, column: Column, defaults: Mapping[str, Any]
) -> dict[str, Any]:
    field = {"name": name, "type": _type(column.sql_type), "doc": column.description}
    # A CANCEL names its event and nothing more.
    is_sure = name in record.IDENTITY or record.DISCIPLINE is Discipline.OBSERVATION
    if column.required and is_sure:
        return field
    if isinstance(defaults.get(name), str | int):
        return field | {"default": defaults[name]}
    return field | {"type": ["null", field["type"]], "default": None}


def _type(sql_type: SqlType) -> str | dict[str, Any]:
    match sql_type:
        case SqlType.TEXT:
            return "string"
        case SqlType.DATE:
            return {"type": "int", "logicalType": "date"}
        case SqlType.TIMESTAMP:
            return {"type": "long", "logicalType": "timestamp-micros"}
        case SqlType.INTEGER:
            return "int"
        case SqlType.BIGINT:
            return "long"
        case _:
            return {
                "type": "bytes",
                "logicalType": "decimal",
                "precision": sql_type.precision,
                "scale": sql_type.scale,
            }
