"""What a TLS connection trusts, made once for all connections."""

from __future__ import annotations

import ssl
from pathlib import Path
from threading import Lock

from certifi import where
from urllib3.util.ssl_ import create_urllib3_context

from sphinx_linkaudit.ask.attempt import Attempt

#: As requests has it: whether to verify, or a file or folder of authorities.
Verify = bool | str


class _WatchedSocket(ssl.SSLSocket):
    """A TLS socket that the attempt can cut from its handshake on."""

    def do_handshake(self, block: bool = False) -> None:
        Attempt.current().watch(self)
        super().do_handshake(block)


class Contexts:
    """TLS contexts by what they trust; to load authorities takes long."""

    def __init__(self) -> None:
        self._contexts: dict[Verify, ssl.SSLContext] = {}
        self._lock = Lock()

    def get(self, verify: Verify) -> ssl.SSLContext:
        """Return the context that verifies so.

        :raises OSError: if the authorities, or the file for TLS keys, can't be used.
        """
        with self._lock:
            context = self._contexts.get(verify)
            if context is None:
                context = self._contexts[verify] = _context(verify)
            return context


def _context(verify: Verify) -> ssl.SSLContext:
    if verify is False:
        context = create_urllib3_context(cert_reqs=ssl.CERT_NONE)
    else:
        trusted = Path(where() if verify is True else verify)
        if not (trusted.is_file() or trusted.is_dir()):  # to open a pipe could block
            # The words are those of requests.
            message = (
                'Could not find a suitable TLS CA certificate bundle, '
                f'invalid path: {verify}'
            )
            raise FileNotFoundError(message)
        context = create_urllib3_context(cert_reqs=ssl.CERT_REQUIRED)
        if trusted.is_dir():
            context.load_verify_locations(capath=str(trusted))
        else:
            context.load_verify_locations(cafile=str(trusted))
    context.sslsocket_class = _WatchedSocket
    return context
