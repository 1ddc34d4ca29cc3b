"""Writes the Avro schemas anew: python -m producer.schemas."""

from producer.schemas import FOLDER, avro_schemas

for name, text in avro_schemas().items():
    (FOLDER / name).write_text(text, encoding="utf-8", newline="\n")
