"""What pydantic says of a wrong value."""

from __future__ import annotations


def own_words(message: str) -> str:
    """Removes what pydantic puts before the words of a validator of ours."""
    return message.replace("Value error, ", "")
