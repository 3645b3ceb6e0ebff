"""Has an archive make a copy of a page: Save Page Now 2 of the Internet Archive.

Source: "Save Page Now 2 Public API Docs" (2022) of the Internet Archive.
"""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import requests
from requests.utils import get_netrc_auth

from sphinx_linkaudit.repair import UsageError
from sphinx_linkaudit.repair.copies import TIMEOUT, ArchiveError, Copy

if TYPE_CHECKING:
    from sphinx_linkaudit.repair.copies import Client, Wayback

#: Requests for the state of one copy before it is given up; one takes a minute or so.
MAX_POLLS = 40
#: Bytes of an answer that are read.
MAX_ANSWER_BYTES = 2**20
#: The variables with the keys, as the Internet Archive's own tools have them.
KEY, SECRET = 'IA_ACCESS_KEY_ID', 'IA_SECRET_ACCESS_KEY'


class SaveError(Exception):
    """A page couldn't be saved; the message says why."""


class Saver:
    """Asks an archive to save pages."""

    def __init__(self, archive: Wayback, client: Client) -> None:
        """Look for keys in the environment, then in netrc.

        :raises UsageError: if there are none.
        """
        self._archive = archive
        self._client = client
        self._session = requests.Session()
        self._session.headers['Accept'] = 'application/json'
        keys = os.environ.get(KEY, ''), os.environ.get(SECRET, '')
        if not all(keys):
            keys = get_netrc_auth(archive.base) or ('', '')
        if not all(keys):
            message = f'--save needs {KEY} and {SECRET}, or an entry in netrc'
            raise UsageError(message)
        self._session.auth = _Keys(*keys)

    def save(self, url: str) -> Copy:
        """Have a page saved, and return the copy.

        :raises SaveError: if that page can't be saved.
        :raises ArchiveError: if the archive can't be asked any more.
        """
        form = {'url': url, 'skip_first_archive': '1'}
        answer = self._ask('POST', f'{self._archive.base}/save', data=form)
        job = answer.get('job_id')
        if not isinstance(job, str):
            raise SaveError(_said(answer))
        status = f'{self._archive.base}/save/status/{quote(job, safe="")}'
        for _ in range(MAX_POLLS):
            answer = self._ask('GET', status)
            if answer.get('status') == 'success':
                stamp = str(answer.get('timestamp', ''))
                if not stamp.isdigit():
                    raise SaveError(_said(answer))
                return self._archive.copy(stamp, str(answer.get('original_url', url)))
            if answer.get('status') != 'pending':
                raise SaveError(_said(answer))
        message = 'the archive is still at it'
        raise SaveError(message)

    def _ask(self, method: str, url: str, **options: Any) -> dict[str, Any]:
        while True:
            self._client.take_turn()
            try:
                with self._session.request(
                    method,
                    url,
                    timeout=TIMEOUT,
                    stream=True,
                    allow_redirects=False,
                    **options,
                ) as response:
                    body = _read(response)
            except (requests.RequestException, OSError) as error:
                # Its words have no header, and so no key, in them.
                message = f'the archive does not answer: {type(error).__name__}'
                raise ArchiveError(message) from error
            if response.status_code in {401, 403}:
                message = f'the archive refuses the keys ({response.status_code})'
                raise ArchiveError(message)
            if response.status_code not in {429, 503}:
                break
            self._client.pause(url, response.headers.get('retry-after', ''))
        try:
            answer = json.loads(body)
        except (ValueError, RecursionError):
            answer = None
        if not isinstance(answer, dict):
            message = f'the archive fails (status {response.status_code})'
            raise SaveError(message)
        return answer


class _Keys(requests.auth.AuthBase):
    """Keys as the archive wants them; with any, requests looks for none in netrc."""

    def __init__(self, key: str, secret: str) -> None:
        self._value = f'LOW {key}:{secret}'

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers['Authorization'] = self._value
        return request


def _read(response: requests.Response) -> bytes:
    """Return the beginning of a body, as much as comes in time.

    :raises TimeoutError: if it doesn't end in time.
    """
    deadline = time.monotonic() + TIMEOUT
    body = b''
    while chunk := response.raw.read1(MAX_ANSWER_BYTES, decode_content=True):
        body += chunk
        if len(body) >= MAX_ANSWER_BYTES:
            break
        if time.monotonic() > deadline:
            raise TimeoutError
    return body


def _said(answer: dict[str, Any]) -> str:
    """Return what the archive says of a copy that it didn't make."""
    words = answer.get('message') or answer.get('status_ext') or 'it was not made'
    return str(words)[:500]
