"""What the process that runs dbt reports."""

from infra.orchestration import dbt_process

MESSAGE = """Runtime Error in model positions (models/positions.py)
  Python model failed:
  Traceback (most recent call last):
    File "dbt/adapters/duckdb/environments/__init__.py", line 286, in run_python_job
      df = module.model(dbt, con)
           ^^^^^^^^^^^^^^^^^^^^^^
    File "/tmp/tmp1.py", line 55, in model
      raise ValueError("no such account")
  ValueError: no such account"""


def test_of_a_model_that_raises_the_reason_is_shown_and_no_traceback() -> None:
    assert dbt_process._TRACEBACK.sub("", MESSAGE).splitlines() == [
        "Runtime Error in model positions (models/positions.py)",
        "  Python model failed:",
        "  ValueError: no such account",
    ]
