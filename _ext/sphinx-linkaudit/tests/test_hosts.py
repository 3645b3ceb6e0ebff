"""What `linkcheck_hosts` sets holds for the hosts that match, and for no others."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from sphinx.errors import ConfigError

from checks import check, project_with
from sphinx_linkaudit.ask.fetch import Fetcher
from sphinx_linkaudit.ask.settings import Settings
from sphinx_linkaudit.hosts import Host, Hosts
from sphinx_linkaudit.options import settings_of, verdict_settings_of
from web import answer, for_get, hang, in_turn, redirect

if TYPE_CHECKING:
    from fixtures import MakeProject
    from web import Web

FAILS = answer('Oops', status=500)


def at(web: Web, name: str, path: str) -> str:
    web.names.add(f'{name}.nowhere', '127.0.0.1')
    return web.url(path, host=f'{name}.nowhere')


@pytest.mark.usefixtures('no_pause')
def test_a_host_is_asked_as_its_settings_say(
    make_project: MakeProject, web: Web
) -> None:
    fine = answer('<p id="x">')
    for path in ('/keyed', '/plain'):
        web.on(path, fine)
    for path in ('/walled', '/wall'):
        web.on(path, answer('No', status=418))
    web.on('/flaky', in_turn(FAILS, FAILS, fine))
    web.on('/failing', FAILS)
    web.on('/hung', hang)
    names = ('keyed', 'plain', 'walled', 'wall', 'flaky', 'failing', 'hung')
    urls = {name: at(web, name, f'/{name}') for name in names}
    checked = check(
        make_project,
        ' '.join(urls.values()),
        linkcheck_timeout=600,
        linkcheck_request_headers={'*': {'X-All': 'all', 'X-Key': 'none'}},
        linkcheck_hosts={
            r'keyed\.': {'headers': {'x-key': 'own', 'Accept': 'text/x'}},
            r'walled\.nowhere': {'accept': [403, 418]},
            r'flaky\.nowhere:\d+$': {'retries': 3},
            r'http://hung\.': {'timeout': 0.5},
        },
    )
    reasons = {name: checked.links[url]['reason'] for name, url in urls.items()}
    assert reasons == {
        'keyed': 'ok',
        'plain': 'ok',
        'walled': 'accepted',
        'wall': 'client-error',
        'flaky': 'ok',
        'failing': 'server-error',
        'hung': 'timeout',
    }
    assert web.hits('/failing') == ['HEAD', 'GET']
    headers = {request.path: dict(request.headers) for request in web.log}
    keys = ('x-all', 'x-key', 'accept')
    assert [headers['/keyed'].get(key) for key in keys] == ['all', 'own', 'text/x']
    assert [headers['/plain'].get(key) for key in keys][:2] == ['all', 'none']


def test_requests_to_a_host_with_a_delay_are_so_far_apart(
    make_project: MakeProject, web: Web
) -> None:
    web.on('/get', for_get(answer('<p>'), answer(status=405)))
    web.on('/old', redirect('/new'))
    web.page('/new')
    urls = [at(web, 'slow', path) for path in ('/get', '/old', '/new')]
    checked = check(
        make_project, ' '.join(urls), linkcheck_hosts={'slow': {'delay': 0.1}}
    )
    verdicts = [checked.links[url]['verdict'] for url in urls]
    assert verdicts == ['working', 'moved', 'working']
    # Those of one link, too.
    assert len(web.log) > len(urls)
    assert all(one.time + 0.1 <= other.time for one, other in pairwise(web.log))


def test_what_is_waited_for_takes_none_of_the_timeout() -> None:
    def delay(url: str) -> float:
        return 10.0 if 'slow' in url else 0.0

    fetcher = Fetcher(Settings(timeout=3, delay_for=delay))
    assert fetcher.timeout_for('https://a.example/') == 3
    assert fetcher.timeout_for('https://slow.example/') >= 3 + 2 * 10


def test_the_first_pattern_that_has_a_setting_counts() -> None:
    hosts = Hosts(
        {
            r'(www\.)?example\.org$': {'workers': 2, 'headers': {'A': '1'}},
            r'https://example\.org/': {'workers': 3, 'delay': 2},
            r'.*\.slow$': {'delay': 1},
            '': {'timeout': 9, 'headers': {'B': '2'}},
        }
    )
    assert hosts.of('https://EXAMPLE.org/a') == Host(2, 2.0, 9.0, headers={'A': '1'})
    assert hosts.of('http://user:x@www.example.org') == Host(
        2, 0.0, 9.0, headers={'A': '1'}
    )
    # With a delay there is one link at a time, unless it is said otherwise.
    assert hosts.of('https://a.slow/') == Host(1, 1.0, 9.0, headers={'B': '2'})
    assert hosts.of('http://[::1') == Host()
    assert hosts.most_workers == 3
    assert Hosts({}).of('https://example.org/') == Host()


@pytest.mark.parametrize(
    ('value', 'said'),
    [
        ([], 'has to be a dictionary'),
        ({1: {}}, 'a pattern has to be a string'),
        ({'(': {}}, "'\\('"),
        ({'x': 3}, "'x' must have a dictionary, not int"),
        ({'x': {'worker': 3}}, "'x': unknown key 'worker'; known: workers, delay"),
        ({'x': {'workers': 0}}, "'workers' must be a whole number"),
        ({'x': {'workers': True}}, "'workers' must be"),
        ({'x': {'workers': '3'}}, "'workers' must be"),
        ({'x': {'delay': -1}}, "'delay' must be a number of seconds"),
        ({'x': {'delay': float('nan')}}, "'delay' must be"),
        ({'x': {'delay': True}}, "'delay' must be"),
        ({'x': {'timeout': 0}}, "'timeout' must be a number of seconds above 0"),
        ({'x': {'timeout': float('inf')}}, "'timeout' must be"),
        ({'x': {'delay': 1e7}}, "'delay' must be"),
        ({'x': {'retries': -1}}, "'retries' must be"),
        ({'x': {'retries': False}}, "'retries' must be"),
        ({'x': {'headers': ['A']}}, "'headers' must be"),
        ({'x': {'headers': {'A': 1}}}, "'headers' must be"),
        ({'x': {'headers': {'A b': 'x'}}}, "'headers' must be"),
        ({'x': {'headers': {'A': 'x\r\nB: y'}}}, "'headers' must be"),
        ({'x': {'accept': 403}}, "'accept' must be a list of status codes"),
        ({'x': {'accept': ['403']}}, "'accept' must be"),
        ({'x': {'accept': [99]}}, "'accept' must be"),
    ],
)
def test_a_mistake_is_one_clear_error(
    make_project: MakeProject, value: object, said: str
) -> None:
    with pytest.raises(ValueError, match=said) as caught:
        Hosts(value)  # type: ignore[arg-type]
    assert '\n' not in str(caught.value)


def test_a_mistake_ends_a_build_before_it_begins(make_project: MakeProject) -> None:
    project = project_with(make_project, 'x\n', linkcheck_hosts={'x': {'worker': 1}})
    with pytest.raises(ConfigError, match=r'^linkcheck_hosts: .*worker'):
        project.build('html')


def test_only_what_verdicts_depend_on_makes_others_of_them(
    make_project: MakeProject,
) -> None:
    project = project_with(make_project, 'x\n')

    def settings(**values: Any) -> list[tuple[str, str]]:
        given = {'linkcheck_hosts': {'x': values}}
        with project.app('linkcheck', confoverrides=given) as app:
            assert settings_of(app.config).timeout_for('https://x/') == values.get(
                'timeout'
            )
            return verdict_settings_of(app.config)

    plain = settings()
    assert settings(timeout=3, delay=1, workers=2, retries=3) == plain
    assert settings(accept=[403]) != plain
    assert settings(headers={'A': 'b'}) != plain
