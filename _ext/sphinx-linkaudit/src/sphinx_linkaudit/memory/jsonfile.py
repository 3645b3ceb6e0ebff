"""Reads JSON files that a person may have edited, and says what is wrong in them."""

from __future__ import annotations

import errno
import json
from typing import TYPE_CHECKING, Any, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

_T = TypeVar('_T')


class JsonFileError(ValueError):
    """A file is missing or invalid; the message names it and the entry."""

    def __init__(self, path: Path, *what: object) -> None:
        super().__init__(': '.join(map(str, [path, *what])))


def read_object(path: Path) -> dict[str, Any]:
    """Return the object that a JSON file holds.

    :raises JsonFileError: if it is missing, or holds none.
    """
    try:
        if path.exists() and not (path.is_file() or path.is_dir()):
            # To read it may take for ever.
            raise OSError(errno.EINVAL, 'not a file')  # noqa: TRY301 (as the system's)
        text = path.read_text(encoding='utf-8-sig')
    except OSError as error:
        raise JsonFileError(path, error.strerror or error) from error
    except ValueError as error:
        raise JsonFileError(path, 'not UTF-8') from error
    try:
        document = json.loads(text, object_pairs_hook=_unique)
    except RecursionError as error:
        raise JsonFileError(path, 'not JSON: too deep') from error
    except json.JSONDecodeError as error:
        raise JsonFileError(path, 'not JSON', error) from error
    except ValueError as error:
        raise JsonFileError(path, error) from error
    if not isinstance(document, dict):
        raise JsonFileError(path, 'has to be an object')
    return document


def _unique(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Return a JSON object as a dict, but refuse a key that occurs twice."""
    found: dict[str, Any] = {}
    for key, value in pairs:
        require(key not in found, f'duplicate key: {key!r}')
        found[key] = value
    return found


def require(holds: object, otherwise: str) -> None:
    """Raise `ValueError`, which says *otherwise*, unless something *holds*."""
    if not holds:
        raise ValueError(otherwise)


def check_version(document: Mapping[str, Any], version: int) -> None:
    """Raise `ValueError` if a document has another version than the one given."""
    given = document.get('version')
    is_known = type(given) is int and given == version
    require(is_known, f'its version is {given!r}; only {version} is supported')


def check_keys(
    row: Mapping[str, Any], *, required: set[str], optional: set[str]
) -> None:
    """Raise `ValueError` for keys that are missing, or that nobody knows."""
    missing, unknown = required - row.keys(), row.keys() - required - optional
    require(not missing, f'{", ".join(sorted(missing))}: missing')
    require(not unknown, f'unknown: {", ".join(map(repr, sorted(unknown)))}')


def typed(row: object, name: str, wanted: type[_T]) -> _T:
    """Return a value of a row, which has to be of a type.

    :raises ValueError: if it isn't, or if *row* has no values.
    """
    value = row.get(name) if isinstance(row, dict) else None
    require(isinstance(value, wanted), f'{name} has to be {_JSON_NAMES[wanted]}')
    return cast('_T', value)


def optional(row: Mapping[str, Any], name: str, wanted: type) -> None:
    """Look at a value that may be left out.

    :raises ValueError: if it is there, and of another type.
    """
    if name in row:
        typed(row, name, wanted)


#: What JSON calls the types.
_JSON_NAMES: dict[type, str] = {
    bool: 'true or false',
    dict: 'an object',
    list: 'a list',
    str: 'a string',
}
