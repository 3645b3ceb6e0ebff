"""Drives Debian's Firefox by Marionette, the protocol below its WebDriver.

Playwright needs a Firefox of its own making, and geckodriver is in no Debian release;
Firefox itself speaks WebDriver's commands over a socket, which is all that is needed.
"""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import threading
from itertools import count
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: How long Firefox may take to answer, in seconds; less than what a test may take.
PATIENCE = 200
#: Nothing is fetched or shown on a first start.
PREFERENCES = {
    'app.normandy.enabled': False,
    'app.update.enabled': False,
    'browser.newtabpage.activity-stream.feeds.topsites': False,
    'browser.safebrowsing.downloads.remote.enabled': False,
    'browser.safebrowsing.malware.enabled': False,
    'browser.safebrowsing.phishing.enabled': False,
    'browser.shell.checkDefaultBrowser': False,
    'browser.startup.page': 0,
    'browser.startup.homepage_override.mstone': 'ignore',
    'datareporting.policy.dataSubmissionEnabled': False,
    'dom.security.https_only_mode': False,
    'extensions.getAddons.cache.enabled': False,
    'extensions.update.enabled': False,
    'marionette.port': 0,
    'network.captive-portal-service.enabled': False,
    'network.connectivity-service.enabled': False,
    'network.dns.disablePrefetch': True,
    # No other host is there: all but loopback goes to a proxy that isn't.
    'network.proxy.type': 1,
    'network.proxy.http': '127.0.0.1',
    'network.proxy.http_port': 1,
    'network.proxy.ssl': '127.0.0.1',
    'network.proxy.ssl_port': 1,
    'network.proxy.no_proxies_on': 'localhost, 127.0.0.1',
    'services.settings.server': 'data:,#',
    'toolkit.telemetry.enabled': False,
}
#: The name under which WebDriver sends an element.
ELEMENT = 'element-6066-11e4-a52e-4f735466cecf'


class Firefox:
    """A Firefox without a window, told what to do by WebDriver's commands."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(('127.0.0.1', port), timeout=PATIENCE)
        self._file = self._socket.makefile('rb')
        self._numbers = count(1)
        self._receive()  # its greeting
        self.ask('WebDriver:NewSession', pageLoadStrategy='normal')
        self._set_timeouts(PATIENCE)

    def ask(self, command: str, **parameters: Any) -> Any:
        """Return what Firefox answers to a command.

        :raises RuntimeError: with its message, if it can't do that.
        """
        number = next(self._numbers)
        message = json.dumps([0, number, command, parameters])
        self._socket.sendall(f'{len(message.encode())}:{message}'.encode())
        _kind, answered, error, result = self._receive()
        assert answered == number
        if error:
            message = f'{command}: {error["error"]}: {error["message"]}'
            raise RuntimeError(message)
        return result.get('value', result) if isinstance(result, dict) else result

    def _set_timeouts(self, seconds: int) -> None:
        """Say how long a script may take; a page has all the time there is."""
        self.ask(
            'WebDriver:SetTimeouts', script=seconds * 1000, pageLoad=PATIENCE * 1000
        )

    def _receive(self) -> Any:
        length = b''
        while not length.endswith(b':'):
            byte = self._file.read(1)
            if not byte:
                message = 'Firefox ended'
                raise ConnectionError(message)
            length += byte
        return json.loads(self._file.read(int(length[:-1])))

    def goto(self, url: str) -> None:
        """Open a page, and wait until it is loaded."""
        self.ask('WebDriver:Navigate', url=url)

    def evaluate(self, script: str, *args: Any) -> Any:
        """Return what a function of JavaScript returns."""
        return self.ask(
            'WebDriver:ExecuteScript',
            script=f'return ({script})(...arguments)',
            args=list(args),
        )

    def wait(self, script: str) -> Any:
        """Return the first true value of a function, looked at with each frame."""
        look = f"""const done = arguments[0];
            const look = () => {{
                const value = ({script})();
                value ? done(value) : requestAnimationFrame(look);
            }};
            look();"""
        # What looks at a page that is left may be told so, or nothing, or never end.
        self._set_timeouts(1)
        value = None
        while not value:
            try:
                value = self.ask('WebDriver:ExecuteAsyncScript', script=look, args=[])
            except RuntimeError as error:
                if 'unloaded' not in str(error) and 'timeout' not in str(error):
                    raise
        self._set_timeouts(PATIENCE)
        return value

    def find(self, selector: str) -> str:
        """Return the first element that a selector of CSS matches."""
        found = self.ask('WebDriver:FindElement', using='css selector', value=selector)
        return str(found[ELEMENT])

    def close(self) -> None:
        """Close the connection."""
        self._file.close()
        self._socket.close()

    def click(self, selector: str) -> None:
        """Click as a reader does, and wait for the page that it leads to."""
        self.ask('WebDriver:ElementClick', id=self.find(selector))

    def type(self, selector: str, text: str) -> None:
        """Type into a field."""
        self.ask('WebDriver:ElementSendKeys', id=self.find(selector), text=text)

    def resize(self, width: int, height: int) -> None:
        """Give the page a size, in CSS pixels."""
        self.ask('WebDriver:SetWindowRect', width=width, height=height)


@contextlib.contextmanager
def firefox(command: str, profile: Path, **preferences: Any) -> Iterator[Firefox]:
    """Run a Firefox with a fresh profile, and end it."""
    profile.mkdir(parents=True, exist_ok=True)
    lines = [
        f'user_pref({json.dumps(name)}, {json.dumps(value)});\n'
        for name, value in (PREFERENCES | preferences).items()
    ]
    (profile / 'user.js').write_text(''.join(lines), encoding='utf-8')
    with contextlib.ExitStack() as ending:
        process = ending.enter_context(
            subprocess.Popen(
                [
                    *(command, '--headless', '--marionette', '--no-remote'),
                    *('--profile', profile),
                ],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors='replace',
            )
        )
        ending.callback(process.terminate)
        assert process.stdout is not None
        said: list[str] = []
        port = _port(process.stdout, said)
        # What it says later is read as well, for a full pipe would stop it.
        reader = threading.Thread(target=said.extend, args=(process.stdout,))
        reader.start()
        # It reads to the end, before the pipe is closed.
        ending.callback(reader.join)
        ending.callback(process.terminate)
        yield ending.enter_context(contextlib.closing(Firefox(port)))


def _port(output: IO[str], said: list[str]) -> int:
    """Return the port that Firefox chose, which it says once it listens."""
    for line in output:
        said.append(line)
        if 'Listening on port' in line:
            return int(line.rsplit(maxsplit=1)[1])
    message = f'Firefox ended: {"".join(said)}'
    raise RuntimeError(message)
