"""The library that writes Parquet files, which comes with an extra."""

from __future__ import annotations

from typing import Any

from cli.errors import FAULT, CliError


def parquet_library() -> tuple[Any, Any]:
    """Loads pyarrow and its Parquet files.

    Raises:
        CliError: When it is not installed.
    """
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise CliError(
            "Parquet needs pyarrow, which is not installed: pip install 'lienzo[parquet]'", FAULT
        ) from error
    return pyarrow, parquet
