"""The error that ends a conversion, and the forms of names and numbers in messages."""

from __future__ import annotations


class Refused(Exception):
    """Ends the conversion with a message. Each line of advice says something that the user can do."""

    def __init__(self, message: str, *advice: str):
        super().__init__(message)
        self.message = message
        self.advice = advice


def listed(names, limit: int = 8) -> str:
    """Names as messages list them: 'a', 'b' and 3 more."""
    names = [f"'{name}'" for name in names]
    if len(names) <= limit:
        return ", ".join(names) if names else "none"
    return f"{', '.join(names[:limit])} and {len(names) - limit} more"


def first_line(error: BaseException) -> str:
    """The first line of a library's message, without its line breaks and trailing period."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    # converters add where to raise an issue
    return f"{type(error).__name__}: {lines[0].split(' You may raise an issue')[0].rstrip('.')}" if lines else type(error).__name__


def counted(count: int, noun: str) -> str:
    """`1 row`, `2,930 rows`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
