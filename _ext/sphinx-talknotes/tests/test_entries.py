"""What lists of packages name, as people write lists in reST and in Markdown."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

import pytest
from sphinx.addnodes import pending_xref

from projects import dead_fragments, doubled_ids, links, nested_links
from sphinx_talknotes import entries
from sphinx_talknotes.nodes import is_note

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fixtures import MakeProject
    from projects import Build

CONF = (
    "extensions = ['myst_parser', 'sphinx_talknotes']\nprimary_domain = 'talk'\n"
    "source_suffix = {'.rst': 'restructuredtext', '.md': 'markdown'}\n"
    "myst_enable_extensions = ['deflist']\n"
)


class Case(NamedTuple):
    """The content of a list."""

    what: str
    rst: str
    named: Mapping[str, str]  #: Names of entries -> what they do.
    md: str = ''  #: In Markdown, if it reads other than in reST.
    told: tuple[str, ...] = ()  #: What the lines that are told begin with.
    is_empty: bool = False  #: Whether the list as a whole is told to name nothing.
    links: Mapping[str, str] = {}  #: Names -> an address.


CASES = [
    Case(
        'what would be replaced elsewhere',
        ':package:`|lib|` and :package:`{{ lib }}`',
        {'|lib|': '', '{{ lib }}': ''},
        md='{package}`|lib|` and {package}`{{ lib }}`',
        told=('lib', 'lib'),
    ),
    Case(
        'what is of the site, and mentions',
        '- celery: like :package:`!rq` but bigger\n- :talk:`spoken` has more\n'
        '- :package:`!huey` is new\n- :doc:`index`, too\n- kombu',
        {'celery': 'like rq but bigger', 'kombu': ''},
        md='- celery: like {package}`!rq` but bigger\n- {talk}`spoken` has more\n'
        '- {package}`!huey` is new\n- {doc}`index`, too\n- kombu',
    ),
    Case(
        'words',
        '- black\n- django-rq\n- C++\n- 3to2',
        dict.fromkeys(('black', 'django-rq', 'C++', '3to2'), ''),
    ),
    Case(
        'a bold word above what could be packages as well',
        '- **Databases**:\n\n  - psycopg: a driver\n  - **sqlalchemy**\n\n'
        '- **celery**\n\n  - Pros: fast\n  - Cons: a broker\n\n'
        '- **rq**\n\n  - redis\n  - nothing else is needed\n\n'
        '- :package:`arq`\n\n  - redis\n  - async\n\n'
        '- **Web**\n\n  - :package:`flask`\n  - :package:`bottle`\n\n'
        '- **Sites**\n\n  - sphinx: makes sites\n\n'
        "- **uv**\n\n  - it is fast\n\n- Tests\n\n  - pytest: runs them\n  - it's fun",
        dict.fromkeys(
            ('Databases', 'celery', 'rq', 'arq', 'flask', 'bottle', 'Sites', 'uv'), ''
        ),
        md='- **Databases**:\n  - psycopg: a driver\n  - **sqlalchemy**\n'
        '- **celery**\n  - Pros: fast\n  - Cons: a broker\n'
        '- **rq**\n  - redis\n  - nothing else is needed\n'
        '- {package}`arq`\n  - redis\n  - async\n'
        '- **Web**\n  - {package}`flask`\n  - {package}`bottle`\n'
        '- **Sites**\n  - sphinx: makes sites\n'
        "- **uv**\n  - it is fast\n- Tests\n  - pytest: runs them\n  - it's fun",
        told=('Databases', 'Sites', 'Tests'),
    ),
    Case(
        'names behind the word for what they are',
        '- package: "uv"\n- Package: ruff\n- packages: rq, huey\n- tox: tests',
        {'tox': 'tests'},
        told=('package: "uv"', 'Package', 'packages'),
    ),
    Case(
        'an entry in the item of another, each with its address',
        '- :package:`celery`: https://c.example\n\n  - :package:`rq` https://r.example\n',
        {'celery': '', 'rq': ''},
        md='- {package}`celery`: https://c.example\n  - {package}`rq` https://r.example\n',
        links={'celery': 'https://c.example', 'rq': 'https://r.example'},
    ),
    Case(
        'headings with names behind a colon, and signs that separate nothing',
        '- Formatters: ``black``, ``ruff``\n- **Typers**: **mypy** and **ty**.\n'
        '- uv: like ``pip``, ``tox``\n- isort: `GitHub <https://g.example>`__, '
        '`PyPI <https://p.example>`__\n- nox > tox\n- TBD\n- httpx | asks\n'
        '- hatch: ``build``, ``env`` and so on',
        {
            'Formatters': 'black, ruff',
            'Typers': 'mypy and ty.',
            'uv': 'like pip, tox',
            'isort': 'GitHub, PyPI',
            'hatch': 'build, env and so on',
        },
        md='- Formatters: `black`, `ruff`\n- **Typers**: **mypy** and **ty**.\n'
        '- uv: like `pip`, `tox`\n- isort: [GitHub](https://g.example), '
        '[PyPI](https://p.example)\n- nox > tox\n- TBD\n- httpx | asks\n'
        '- hatch: `build`, `env` and so on',
        told=('Formatters', 'Typers', 'nox >', 'TBD', 'httpx |'),
    ),
    Case(
        'words with what they do',
        '- isort: sorts imports\n- ruff - lints\n- uv \N{EN DASH} installs *fast*\n',
        {'isort': 'sorts imports', 'ruff': 'lints', 'uv': 'installs fast'},
    ),
    Case(
        'addresses of version control',
        '- git+https://code.example/uv.git\n- ``tox``',
        {'tox': ''},
        md='- git+https://code.example/uv.git\n- `tox`',
        told=('git+',),
    ),
    Case(
        'versions as of npm, and an address of mail',
        '- react@18.2\n- ``left-pad@^1.2.3``\n- **vue@3**\n- svelte@5.0.0 - small\n'
        '- ada@web.example',
        {'react': '', 'left-pad': '', 'vue': '', 'svelte': 'small'},
        md='- react@18.2\n- `left-pad@^1.2.3`\n- **vue@3**\n- svelte@5.0.0 - small\n'
        '- [ada@web.example](mailto:ada@web.example)',
        told=('ada@',),
    ),
    Case(
        'names of several words in roles',
        '- :package:`Django  REST framework`\n- :package:`Ray\n  Serve` is new',
        {'Django REST framework': '', 'Ray Serve': ''},
        md='- {package}`Django  REST framework`\n- {package}`Ray\n  Serve` is new',
    ),
    Case(
        'several names in one markup, and remarks of a word',
        '- **tox and nox**\n- `black, isort <https://fmt.example.org>`__\n- ruff, too\n'
        '- N.B.: good\n- uv',
        {'tox and nox': '', 'uv': ''},
        md='- **tox and nox**\n- [black, isort](https://fmt.example.org)\n- ruff, too\n'
        '- N.B.: good\n- uv',
        told=('tox and', 'black,', 'ruff,', 'N.B.'),
    ),
    Case(
        'addresses in brackets behind terms, and commas that join nothing',
        'tox <https://tox.example.org>\n  Tests.\nnox,\n  Tests.\nuv\n  Fast.\n\n'
        '- ty <https://ty.example.org> is new',
        {'tox': 'Tests.', 'uv': 'Fast.', 'ty': 'is new'},
        md='tox <https://tox.example.org>\n: Tests.\n\nnox,\n: Tests.\n\nuv\n: Fast.\n'
        '\n- ty <https://ty.example.org> is new',
        told=('nox,',),
        links={'tox': 'https://tox.example.org', 'ty': 'https://ty.example.org'},
    ),
    Case(
        'scopes of npm',
        '- @types/node@22\n- ``@angular/core``: pages\n- **@vue/cli** - begins\n'
        '- @ada: what she said',
        {'@types/node': '', '@angular/core': 'pages', '@vue/cli': 'begins'},
        md='- @types/node@22\n- `@angular/core`: pages\n- **@vue/cli** - begins\n'
        '- @ada: what she said',
        told=('@ada',),
    ),
    Case(
        'what stands for more',
        '- tox\n- numpy and friends\n- pandas & co',
        {'tox': ''},
        told=('numpy and', 'pandas &'),
    ),
    Case('numbers', '1. black\n2. isort', {'black': '', 'isort': ''}),
    Case(
        'extras and versions',
        '- psycopg[binary] >=3.1,<4: a driver\n- django==5.2',
        {'psycopg': 'a driver', 'django': ''},
    ),
    Case(
        'several in one bullet',
        '- black, isort and ruff\n- ``uv``, ``tox``: both',
        {'black': '', 'isort': '', 'ruff': '', 'uv': 'both', 'tox': 'both'},
        md='- black, isort and ruff\n- `uv`, `tox`: both',
    ),
    Case(
        'code',
        '- ``setuptools``\n- ``pip`` installs',
        {'setuptools': '', 'pip': 'installs'},
        md='- `setuptools`\n- `pip` installs',
    ),
    Case(
        'links',
        '- `black <https://black.example.org/>`__ formats\n'
        '- `Debug Toolbar <https://toolbar.example.org/>`__',
        {'black': 'formats', 'Debug Toolbar': ''},
        md='- [black](https://black.example.org/) formats\n'
        '- **[Debug Toolbar](https://toolbar.example.org/)**',
        links={
            'black': 'https://black.example.org/',
            'Debug Toolbar': 'https://toolbar.example.org/',
        },
    ),
    Case(
        'bold',
        '- **ruff** - lints\n- **uv:** installs\n- *tox*',
        {'ruff': 'lints', 'uv': 'installs', 'tox': ''},
    ),
    Case(
        'an address behind the name',
        '- black https://black.example.org/\n- isort (https://isort.example.org/)',
        {'black': '', 'isort': ''},
        md='- black <https://black.example.org/>\n- isort (<https://isort.example.org/>)',
        links={
            'black': 'https://black.example.org/',
            'isort': 'https://isort.example.org/',
        },
    ),
    Case(
        'remarks of one package',
        '- ``black``\n\n  - fast\n  - small',
        {'black': ''},
        md='- `black`\n  - fast\n  - small',
    ),
    Case(
        'a heading of bullets',
        '- Formatters we saw\n\n  - ``black``\n  - ``isort``',
        {'black': '', 'isort': ''},
        md='- Formatters we saw\n  - `black`\n  - `isort`',
    ),
    Case(
        'plain names beside marked ones below a heading',
        '- Formatters\n\n  - ``black``\n\n    - fast\n  - isort: sorts\n'
        '  - they were all liked\n- Tests\n\n  - Runners\n\n    - **tox**\n    - nox',
        {'black': '', 'tox': ''},
        md='- Formatters\n  - `black`\n    - fast\n  - isort: sorts\n'
        '  - they were all liked\n- Tests\n  - Runners\n    - **tox**\n    - nox',
        told=('isort', 'nox'),
    ),
    Case(
        'roles, and remarks beside them',
        '- :package:`black`\n- They were all liked, said the speaker.',
        {'black': ''},
        md='- {package}`black`\n- They were all liked, said the speaker.',
    ),
    Case(
        'a name of words beside a role',
        '- :package:`black`\n- Debug Toolbar',
        {'black': ''},
        md='- {package}`black`\n- Debug Toolbar',
        told=('Debug Toolbar',),
    ),
    Case(
        'what is no name beside names',
        '- black\n- the one to use when all else fails\n- Note: try it\n'
        '- https://black.example.org/\n- **Mind the gap** when you install it',
        {'black': ''},
        md='- black\n- the one to use when all else fails\n- Note: try it\n'
        '- <https://black.example.org/>\n- **Mind the gap** when you install it',
        told=(
            'the one to use',
            'Note: try',
            'https://black',
            'Mind the gap',
        ),
    ),
    Case(
        'a name in other marks beside terms',
        'tox\n  Tests.\n\n- "uv"\n- \xab nox \xbb : tests\n- \u2b50 ruff\n- (really)\n'
        '- (as they said) it works\n- kombu\u2026 sends',
        {'tox': 'Tests.'},
        md='tox\n: Tests.\n\n- "uv"\n- \xab nox \xbb : tests\n- [[ruff]]\n- (really)\n'
        '- (as they said) it works\n- kombu\u2026 sends',
        told=('uv', 'nox', 'ruff', 'kombu'),
    ),
    Case(
        'a command',
        '- ``pip install black``',
        {},
        md='- `pip install black`',
        is_empty=True,
    ),
    Case('words alone', 'We saw black and isort.', {}, is_empty=True),
    Case(
        'bullets with bullets that may be either',
        '- black\n\n  - fast\n  - small\n- isort',
        {'isort': ''},
        md='- black\n  - fast\n  - small\n- isort',
        told=('- black',),
    ),
    Case(
        'a substitution',
        '- |c|: a queue\n\n.. |c| replace:: celery',
        {'celery': 'a queue'},
        md='- celery: a queue',
    ),
    Case(
        'what is scribbled',
        '- **Typer** nice and small\n- **uv**, **ruff** fast\n- Numba (only numeric)\n'
        '- PyPy (fast) once warm\n- htmx!\n- pixi?\n- tox.\n- nox -> like *tox*\n'
        '- rich => prints\n- vine \N{RIGHTWARDS ARROW} grows\n- mypy 1.17: types\n'
        '- Django 5.2\n- pytest v8.0 tests\n- attrs + cattrs\n- pip / poetry: both',
        {
            'Typer': 'nice and small',
            'uv': 'fast',
            'ruff': 'fast',
            'Numba': 'only numeric',
            'PyPy': '(fast) once warm',
            'htmx': '',
            'pixi': '',
            'tox': '',
            'nox': 'like tox',
            'rich': 'prints',
            'vine': 'grows',
            'mypy': 'types',
            'Django': '',
            'attrs': '',
            'cattrs': '',
            'pip': 'both',
            'poetry': 'both',
        },
        told=('pytest v8.0',),
    ),
    Case(
        'what may be a name or not',
        '- tox\n- PDM, 2.24+\n- 2.24\n- PyPy, needs warm-up\n- numpy/scipy\n'
        '- Debug Toolbar: shows\n- [x] nox\n- pip install hatch\n- *Great* tool\n'
        '- **Great** tool\n- Why?\n- Good (really)\n- ruff is great\n'
        '- **really** nice',
        {'tox': ''},
        told=(
            'PDM, 2.24+',
            '2.24',
            'PyPy, needs',
            'numpy/scipy',
            'Debug Toolbar',
            '[x]',
            'pip install',
            '*Great* tool',
            '**Great** tool',
            'Why?',
            'Good (',
            'ruff is',
            '**really**',
        ),
    ),
    Case(
        'bare addresses',
        '- `flit <https://flit.example.org/a_(b)>`__ builds\n'
        '- build: see https://build.example.org/.\n- ``code https://no.example``',
        {'flit': 'builds', 'build': 'see .'},
        md='- flit https://flit.example.org/a_(b) builds\n'
        '- build: see (https://build.example.org/).\n- `code https://no.example`',
        told=('code https',),
        links={
            'flit': 'https://flit.example.org/a_(b)',
            'build': 'https://build.example.org/',
        },
    ),
    Case(
        'hyphens that keep lines together, and marks that nobody sees',
        '- scikit\u2011learn: learns\n- cel\u200bery\n- zope\u2010hookable==1.2',
        {'scikit\u2011learn': 'learns', 'cel\u200bery': '', 'zope-hookable': ''},
    ),
    Case(
        'the default role',
        '- `setuptools`\n- `uv` (fast)\n- `tox`, `nox`: both',
        {'setuptools': '', 'uv': 'fast', 'tox': 'both', 'nox': 'both'},
    ),
    Case(
        'markers',
        '- tomli; python_version < "3.11"\n- psycopg[c]>=3 ; sys_platform == "linux"',
        {'tomli': '', 'psycopg': ''},
    ),
    Case(
        'another name behind what is said of one in parentheses',
        '- black (formats), isort (sorts)\n- **uv** (fast) and **tox**\n'
        '- pip (slow), poetry: old\n- nox (new), great\n- hatch (new), and so on\n'
        '- flit (an `address <https://flit.example.org>`__), pdm\n'
        '- vine (so good): https://vine.example.org',
        {
            'black': '(formats), isort (sorts)',
            'uv': '(fast) and tox',
            'pip': '(slow), poetry: old',
            'nox': '(new), great',
            'hatch': '(new), and so on',
            'flit': '(an address), pdm',
            'vine': 'so good',
        },
        md='- black (formats), isort (sorts)\n- **uv** (fast) and **tox**\n'
        '- pip (slow), poetry: old\n- nox (new), great\n- hatch (new), and so on\n'
        '- flit (an [address](https://flit.example.org)), pdm\n'
        '- vine (so good): <https://vine.example.org>',
        told=('black (', '**uv**', 'pip (', 'flit ('),
    ),
    Case(
        'lines beside entries that would be some as bullets',
        'celery\n  A queue.\n\nflower : monitors\n\nrq, huey and dramatiq\n\n'
        'Caches and brokers\n\n- redis\n\nNote : all good.\n\n'
        ':package:`uv`, ruff and ty\n\nNice.',
        {'celery': 'A queue.', 'redis': '', 'uv': ''},
        md='celery\n: A queue.\n\nflower : monitors\n\nrq, huey and dramatiq\n\n'
        'Caches and brokers\n\n- redis\n\nNote : all good.\n\n'
        '{package}`uv`, ruff and ty\n\nNice.',
        told=('flower :', 'rq, huey'),
    ),
    Case(
        'a line above terms that would be one',
        'flower : monitors\n\nkombu\n  Inside.\n\nrq and huey\n\nvine\n  Promises.',
        {'kombu': 'Inside.', 'vine': 'Promises.'},
        md='flower : monitors\n\nkombu\n: Inside.\n\nrq and huey\n\nvine\n: Promises.',
        told=('flower :',),
    ),
    Case(
        'links that say what they lead to',
        '- structlog\n\n  - `Source at Github <https://structlog.example.org>`__\n'
        '  - `Docs <https://docs.example.org>`__\n- Documentation: good\n- **rich**\n\n'
        '  - `Rich documentation <https://rich.example.org>`__\n'
        '- `Read the Docs <https://rtd.example.org>`__\n'
        '- `here <https://here.example.org>`__\n'
        '- `Tox documentation <https://tox.example.org>`__',
        {'rich': '', 'Read the Docs': ''},
        md='- structlog\n  - [Source at Github](https://structlog.example.org)\n'
        '  - [Docs](https://docs.example.org)\n- Documentation: good\n- **rich**\n'
        '  - [Rich documentation](https://rich.example.org)\n'
        '- [Read the Docs](https://rtd.example.org)\n'
        '- [here](https://here.example.org)\n'
        '- [Tox documentation](https://tox.example.org)',
        told=('- structlog', 'Documentation', 'here', 'Tox doc'),
        links={'rich': 'https://rich.example.org'},
    ),
    Case(
        'several in markup',
        '- ``black``/``isort``\n- ``uv`` and ruff\n- **tox**, **nox** or hatch: both\n'
        '- ``mypy``/ty\n- ``pip`` and more\n- ``rich`` or so, perhaps',
        {
            'black': '',
            'isort': '',
            'uv': 'and ruff',
            'tox': 'or hatch: both',
            'nox': 'or hatch: both',
            'mypy': '/ty',
            'pip': '',
            'rich': 'or so, perhaps',
        },
        md='- `black`/`isort`\n- `uv` and ruff\n- **tox**, **nox** or hatch: both\n'
        '- `mypy`/ty\n- `pip` and more\n- `rich` or so, perhaps',
        told=('uv', 'hatch', 'mypy'),
    ),
    Case(
        'full width',
        '- celery\uff1aa queue\n- \u56fe\uff08grows\uff09\n- uv\u3001ruff',
        {'celery': 'a queue', '\u56fe': 'grows', 'uv': '', 'ruff': ''},
    ),
    # -- terms
    Case(
        'terms that are no names',
        'vine\n  Grows.\n[x] rich\n  Prints.\n<vine.ch>\n  Here.\n"quoted" \n  So.\n'
        'TBA\n  Later.\nceler or rq?\n  Both.\nBlack <www.black.example.org>\n  Good.\n'
        'git+https://code.example/uv\n  Source.\nkombu.ch\n  A name.',
        {'vine': 'Grows.', 'kombu.ch': 'A name.'},
        md='vine\n: Grows.\n\n[x] rich\n: Prints.\n\n<vine.ch>\n: Here.\n\n"quoted"\n'
        ': So.\n\nTBA\n: Later.\n\nceler or rq?\n: Both.\n\n'
        'Black <www.black.example.org>\n: Good.\n\n'
        'git+https://code.example/uv\n: Source.\n\nkombu.ch\n: A name.',
        told=('[x]', '<vine', '"quoted', 'TBA', 'rq?', 'Black <', 'git+'),
    ),
    Case(
        'more than a name in terms',
        'celery (async)\n  Runs.\nDebug Toolbar (DDT)\n  Shows.\n'
        'Django REST framework - serves\n  Good.\nkombu https://kombu.example.org/\n'
        '  Sends.\nPython 3.14\n  New.\nflit + hatch\n  Both.',
        {
            'celery': 'async',
            'Debug Toolbar': 'DDT',
            'Django REST framework': 'serves',
            'kombu': 'Sends.',
            'Python': 'New.',
            'flit': 'Both.',
            'hatch': 'Both.',
        },
        md='celery (async)\n: Runs.\n\nDebug Toolbar (DDT)\n: Shows.\n\n'
        'Django REST framework - serves\n: Good.\n\n'
        'kombu https://kombu.example.org/\n: Sends.\n\nPython 3.14\n: New.\n\n'
        'flit + hatch\n: Both.',
        links={'kombu': 'https://kombu.example.org/'},
    ),
    Case(
        'bare addresses in definitions',
        'vine\n  A vine. https://vine.example.org/',
        {'vine': 'A vine. https://vine.example.org/'},
        md='vine\n: A vine. https://vine.example.org/',
        links={'vine': 'https://vine.example.org/'},
    ),
    Case(
        'a colon in a term',
        'celery: a queue\n  Needs a broker.\nkombu : *its* messages\n  Inside.',
        {'celery': 'a queue', 'kombu': 'its messages'},
        md='celery: a queue\n: Needs a broker.\n\nkombu : *its* messages\n: Inside.',
    ),
    Case(
        'a dash in a term',
        'celery - a queue\n  Needs a broker.',
        {'celery': 'a queue'},
        md='celery - a queue\n: Needs a broker.',
    ),
    Case(
        'several in one term',
        'black, isort and ruff\n  They format.',
        {'black': 'They format.', 'isort': 'They format.', 'ruff': 'They format.'},
        md='black, isort and ruff\n: They format.',
    ),
    Case(
        'several names of words in one term',
        'Debug Toolbar, Django REST framework\n  Good.',
        {'Debug Toolbar, Django REST framework': 'Good.'},
        md='Debug Toolbar, Django REST framework\n: Good.',
        told=('Debug Toolbar, Django',),
    ),
    Case(
        'code and bold in terms',
        '``uv``\n  installs\n**tox**\n  tests',
        {'uv': 'installs', 'tox': 'tests'},
        md='`uv`\n: installs\n\n**tox**\n: tests',
    ),
    Case(
        'an address for a term',
        'black\n  Good.\nwww.black.example.org\n  Here.',
        {'black': 'Good.'},
        md='black\n: Good.\n\nwww.black.example.org\n: Here.',
        told=('www.black',),
    ),
    # -- roles
    Case(
        'what is no name in a role',
        'As :package:`black`, :package:`celery: a queue`, :package:`<vine.ch>`, '
        ':package:`a1, b1 <https://ab.example.org>`, :package:`?`, :package:`-`, '
        ':package:`ada@x.example`, :package:`uv or ty?`, and :package:`AT&T`.',
        {'black': '', 'AT&T': ''},
        md='As {package}`black`, {package}`celery: a queue`, {package}`<vine.ch>`, '
        '{package}`a1, b1 <https://ab.example.org>`, {package}`?`, {package}`-`, '
        '{package}`ada@x.example`, {package}`uv or ty?`, and {package}`AT&T`.',
        told=('celery', '<vine', 'a1, b1', '`?`', '`-`', 'ada@', 'ty?'),
    ),
    Case(
        'addresses without a scheme in roles',
        '- :package:`kombu <www.kombu.example.org>`\n'
        '- :package:`index.example.org/p/vine <vine>`\n'
        '- :package:`amqp <amqp.example.org>`\n- :package:`Sockets <socket.io>`',
        {'kombu': '', 'vine': '', 'amqp': '', 'Sockets': ''},
        md='- {package}`kombu <www.kombu.example.org>`\n'
        '- {package}`index.example.org/p/vine <vine>`\n'
        '- {package}`amqp <amqp.example.org>`\n- {package}`Sockets <socket.io>`',
        links={
            'kombu': 'https://www.kombu.example.org',
            'vine': 'https://index.example.org/p/vine',
            'Sockets': 'https://socket.io',
        },
    ),
    Case(
        'names with dots in roles',
        '- :package:`socket.io`\n- :package:`Interfaces <zope.interface>`\n'
        '- :package:`Black <psf/black>`\n- :package:`http://ep.example.org <ep.io>`\n'
        '- :package:`Kombu <kombu.ch>`\n- :package:`the tiny one <web.py>`',
        {
            'socket.io': '',
            'zope.interface': '',
            'psf/black': '',
            'ep.io': '',
            'Kombu': '',
            'web.py': '',
        },
        md='- {package}`socket.io`\n- {package}`Interfaces <zope.interface>`\n'
        '- {package}`Black <psf/black>`\n- {package}`http://ep.example.org <ep.io>`\n'
        '- {package}`Kombu <kombu.ch>`\n- {package}`the tiny one <web.py>`',
        links={'ep.io': 'http://ep.example.org', 'Kombu': 'https://kombu.ch'},
    ),
    Case(
        'lists that go on',
        '- uv, ruff, mypy, ...\n- nox, tox etc.\n- hatch and more\n'
        '- pdm; poetry; and many others!\n- flit\u2026\n- celery, rq, usw.: queues\n'
        '- **black**, ``isort`` and so on\n- django more\n- flask ... is small\n',
        {
            **dict.fromkeys(('uv', 'ruff', 'mypy', 'nox', 'tox', 'hatch'), ''),
            **dict.fromkeys(('pdm', 'poetry', 'flit', 'black', 'isort'), ''),
            **dict.fromkeys(('celery', 'rq'), 'queues'),
        },
        md='- uv, ruff, mypy, ...\n- nox, tox etc.\n- hatch and more\n'
        '- pdm; poetry; and many others!\n- flit\u2026\n- celery, rq, usw.: queues\n'
        '- **black**, `isort` and so on\n- django more\n- flask ... is small\n',
        told=('django', 'flask'),
    ),
    Case(
        'bold words and tools beside a role',
        '- :package:`appeal` is new\n- **Smart Collaborator**; an old app\n'
        '- Tool scikit-build does it\n- mutmut vs Cosmic Ray\n'
        '- **Is this, perhaps, the one**; nobody knows',
        {'appeal': ''},
        md='- {package}`appeal` is new\n- **Smart Collaborator**; an old app\n'
        '- Tool scikit-build does it\n- mutmut vs Cosmic Ray\n'
        '- **Is this, perhaps, the one**; nobody knows',
        told=('Smart', 'Tool', 'mutmut'),
    ),
    Case(
        'addresses in items below others',
        '- :package:`celery`\n\n  - plugins: https://plugins.example\n'
        '  - :package:`uv`, https://uv.example\n  - more: https://more.example\n\n'
        '- nox: https://nox.example',
        {'celery': '', 'uv': '', 'nox': ''},
        md='- {package}`celery`\n  - plugins: <https://plugins.example>\n'
        '  - {package}`uv`, <https://uv.example>\n  - more: <https://more.example>\n'
        '- nox: <https://nox.example>',
    ),
    Case(
        'an address alone in a role',
        '- :package:`black`\n- :package:`www.black.example.org`',
        {'black': ''},
        md='- {package}`black`\n- {package}`www.black.example.org`',
        told=('www.black',),
    ),
]
MARKUPS = ('rst', 'md')


def page_of(case: Case, markup: str) -> str:
    return f'{markup}{CASES.index(case)}'


def source(case: Case, markup: str) -> str:
    if markup == 'md':
        return f'# Page\n\n```{{packages}} All\n\n\n{case.md or case.rst}\n```\n'
    indented = case.rst.replace('\n', '\n   ')
    return f'Page\n====\n\n.. packages:: All\n\n   {indented}\n'


@pytest.fixture(scope='module')
def site(make_project: MakeProject) -> Build:
    """Build a page of each case in reST and in Markdown."""
    pages = {
        f'{page_of(case, markup)}.{markup}': source(case, markup)
        for case in CASES
        for markup in MARKUPS
    }
    pages['spoken.rst'] = ':talk:\n\nSpoken\n======\n'
    pages['links.md'] = (
        '# Links\n\n```{packages}\n- [Spoken](spoken.rst)\n- [there](#spoken)\n'
        '- `tox`: runs<br>and <i>runs</i> &amp; <!-- but --> runs\n'
        '- [![nox](https://nox.example/nox.svg)](https://nox.example) `uv`\n'
        '- ![nox](https://nox.example/nox.svg) ruff\n```\n'
        '```{todo}\nRun<br/>`tox` <!-- or not -->\n```\n'
    )
    pages['joined.md'] = (
        '# Joined\n\n```{packages}\n\ncelery\n: A queue.\nflower\n: Monitors.\n\n'
        'rq\nhuey\n: Both.\n\ntox\n: Tests.\n: Also in parallel.\n```\n'
    )
    pages['latex.rst'] = (
        '.. role:: tex(raw)\n   :format: latex\n\nLaTeX\n=====\n\n.. packages::\n\n'
        '   tox\n      runs :tex:`what` tests\n'
    )
    index = 'Index\n=====\n\n.. package-list::\n\n.. toctree::\n   :glob:\n\n   *\n'
    return make_project({'conf.py': CONF, 'index.rst': index, **pages}).build()


@pytest.fixture(scope='module')
def noted(site: Build) -> dict[str, list[dict[str, object]]]:
    pages = json.loads(site.read('notes.json'))['other_pages']
    return {page['docname']: page['packages'] for page in pages}


@pytest.mark.parametrize('markup', MARKUPS)
@pytest.mark.parametrize('case', CASES, ids=[case.what for case in CASES])
def test_the_names_are_what_the_writer_means_or_it_is_told(
    case: Case,
    markup: str,
    site: Build,
    noted: dict[str, list[dict[str, object]]],
) -> None:
    docname = page_of(case, markup)
    packages = noted.get(docname, [])
    assert {p['name']: p.get('summary', '') for p in packages} == case.named
    for name, address in case.links.items():
        (package,) = (p for p in packages if p['name'] == name)
        assert package['links'] == [address]
    told = [w for w in site.warnings if w.place.startswith(f'{docname}.{markup}:')]
    types = ['talk.empty-packages'] if case.is_empty else ['talk.name'] * len(case.told)
    assert [w.type for w in told] == types
    if case.is_empty:  # then it is told how names are written
        assert ':package:`name`' in told[0].text
        assert '{package}`name`' in told[0].text
    lines = source(case, markup).splitlines()
    for warning, text in zip(told, case.told, strict=False):
        assert text in lines[int(warning.place.rpartition(':')[2]) - 1]


def test_links_to_pages_name_no_package_and_raw_markup_is_no_text(
    site: Build, noted: dict[str, list[dict[str, object]]]
) -> None:
    found = {entry['name']: entry.get('summary', '') for entry in noted['links']}
    assert found == {'tox': 'runs and runs & runs', 'uv': '', 'ruff': ''}
    assert [entry['summary'] for entry in noted['latex']] == ['runs tests']
    pages = json.loads(site.read('notes.json'))['other_pages']
    todos = [t['text'] for p in pages if p['docname'] == 'links' for t in p['todos']]
    assert todos == ['Run tox']


@pytest.mark.parametrize('markup', MARKUPS)
def test_an_address_is_of_the_entry_that_it_stands_behind_in_its_item(
    markup: str, noted: dict[str, list[dict[str, object]]]
) -> None:
    (case,) = (c for c in CASES if c.what == 'addresses in items below others')
    entries = noted[page_of(case, markup)]
    assert {entry['name']: entry['links'] for entry in entries} == {
        'celery': ['https://plugins.example', 'https://more.example'],
        'uv': ['https://uv.example'],
        'nox': ['https://nox.example'],
    }


def test_a_reference_that_is_of_no_domain_is_no_mark_of_a_footnote() -> None:
    # Sphinx takes such ones of other extensions, too.
    assert not is_note(pending_xref('', reftype='theirs'))


def test_bold_words_are_proposed_as_they_are(site: Build) -> None:
    told = [w.text for w in site.warnings if '"Smart' in w.text]
    assert len(told) == len(MARKUPS)
    assert all('write "**Smart Collaborator**: an old app"' in text for text in told)
    assert not any('mutmut: vs' in w.text for w in site.warnings)


def test_a_name_above_other_bullets_is_proposed_in_bold(site: Build) -> None:
    told = [w.text for w in site.warnings if '"structlog"' in w.text]
    assert len(told) == len(MARKUPS)
    assert all(text.endswith('"structlog": write "**structlog**"') for text in told)


def test_terms_of_markdown_without_an_empty_line_above_are_told(site: Build) -> None:
    told = [w for w in site.warnings if w.place.startswith('joined.md')]
    assert [w.type for w in told] == ['talk.name', 'talk.markup']
    assert '"flower" seems to be another package' in told[0].text
    assert '"rq" is no term here' in told[1].text


def test_a_name_above_bullets_that_could_be_names_is_asked_for(site: Build) -> None:
    told = [w.text for w in site.warnings if '"black": give it a pack' in w.text]
    assert len(told) == len(MARKUPS)
    assert all('if those below it are packages, each' in text for text in told)


def test_nothing_leads_nowhere_or_to_two_places(site: Build) -> None:
    assert dead_fragments(site.outdir) == []
    assert doubled_ids(site.outdir) == []
    assert nested_links(site.outdir) == []


@pytest.mark.parametrize('markup', MARKUPS)
@pytest.mark.parametrize('case', CASES, ids=[case.what for case in CASES])
def test_nothing_that_was_written_is_lost(case: Case, markup: str, site: Build) -> None:
    content = (case.md or case.rst) if markup == 'md' else case.rst
    words = ''.join(c if c.isalnum() else ' ' for c in content).split()
    page = site.page(page_of(case, markup))
    shown = page.text + ' '.join(str(a['href']) for a in page.select('a[href]'))
    # Of a role with a name for its target the name isn't shown, as with any other.
    hidden = {
        'talk',
        'doc',
        'spoken',
        'package',
        'http',
        'replace',
        'zope',
        'interface',
        'psf',
        'www',
    }
    assert [
        w for w in words if w not in shown and w not in hidden and not w.isdigit()
    ] == []


@pytest.mark.parametrize(
    'text',
    [
        'https://a.example/b',
        'www.a.example',
        'a.example/b',
        'a.b.example/',
        'x.org:8/a',
    ],
)
def test_an_address_is_none_of_the_names(text: str) -> None:
    assert entries.address_of(text).startswith('https://')
    assert not entries.is_name(text)
    assert entries.names_in(text) == []


@pytest.mark.parametrize(
    'text', ['zope.interface', 'socket.io', 'psf/black', 'www', 'a.b']
)
def test_a_name_with_a_dot_or_a_stroke_is_no_address(text: str) -> None:
    assert entries.address_of(text) == ''


@pytest.mark.parametrize(
    'text', ['Django REST framework', 'C++', '3to2', 'Zope.Interface']
)
def test_a_few_words_may_be_a_name(text: str) -> None:
    assert entries.is_name(text)


@pytest.mark.parametrize(
    'text',
    [
        '',
        '-',
        'Why?',
        'Good: fast',
        'one, two',
        'so. Then',
        'one of a few words',
        'See',
    ],
)
def test_a_remark_is_no_name(text: str) -> None:
    assert not entries.is_name(text)


def test_a_name_without_an_address_leads_where_a_setting_says(
    make_project: MakeProject,
) -> None:
    files = {
        'index.rst': 'Index\n=====\n\n.. packages:: Seen\n\n'
        '   - black https://black.example.org/\n   - C++\n\n.. package-list::\n',
        'good.rst': ':orphan:\n:talk:\n\nGood\n====\n\n.. packages:: All\n'
        '   :verdict: avoid\n\n   - Black\n   - C++\n\n'
        '.. package-list::\n   :verdict: avoid\n\n'
        '.. package-list::\n   :talk: good\n',
    }
    project = make_project(files)
    build = project.build(
        confoverrides={'talk_package_url': 'https://packages.example/p/{name}/'}
    )
    assert build.lines('index')[4:] == [
        'black', 'https://black.example.org/', 'Index: Seen', 'Good: All [avoid]',
        'C++', '[packages.example/p/C%2B%2B]', 'Index: Seen', 'Good: All [avoid]',
    ]  # fmt: skip
    # The notes have an address, though not where a filter looks.
    assert build.lines('good')[4:] == [
        'Black', 'https://black.example.org/', 'Good: All',
        'C++', '[packages.example/p/C%2B%2B]', 'Good: All',
        'Black', 'https://black.example.org/', 'Good: All [avoid]',
        'C++', '[packages.example/p/C%2B%2B]', 'Good: All [avoid]',
    ]  # fmt: skip
    addresses = [address for _text, address in links(build.page('index'))]
    assert 'https://packages.example/p/C%2B%2B/' in addresses
    assert 'https://packages.example/p/black/' not in addresses

    project.replace('index.rst', 'black.example.org/', 'b.example')
    project.replace('index.rst', 'C++', 'uv')
    build = project.build(confoverrides={'talk_package_url': 'https://a.example/'})
    (warning,) = build.warnings
    assert (warning.type, warning.place.rpartition(':')[0]) == ('talk.name', 'conf.py')
    assert '[pack' not in ''.join(build.lines('index'))
    assert build.lines('good').count('https://b.example') == 2


@pytest.mark.parametrize('markup', MARKUPS)
def test_marks_of_footnotes_are_no_part_of_what_has_them(
    markup: str, make_project: MakeProject
) -> None:
    pages = {
        'rst': ':talk:\n\nQueues [1]_\n===========\n\n'
        '.. speaker:: Ada Field [#f]_\n   :handle: @ada\n\n.. packages:: Seen [1]_\n\n'
        '   - huey [1]_\n   - rq [#f]_: small [1]_\n   - dramatiq [1]_ and arq [#]_\n'
        '   - **black** [1]_, **isort** [#f]_ - format\n   - ``nox`` [CIT]_ runs\n\n'
        '   uv [1]_\n      Installs.\n   tox [#f]_: tests\n      It does.\n\n'
        '.. todo:: Try the _`new queue`.\n\n'
        'In short [1]_\n-------------\n\n.. talk::\n\n'
        '.. [1] One.\n.. [#f] Two.\n.. [#] Three.\n.. [CIT] Four.\n',
        'md': '---\ntalk:\n---\n\n# Queues[^1]\n\n'
        '```{speaker} Ada Field [^f]\n:handle: "@ada"\n```\n\n```{packages} Seen[^1]\n'
        '- huey[^1]\n- rq[^f]: small[^1]\n- dramatiq[^1] and arq [^f]\n'
        '- **black**[^1], **isort**[^f] - format\n- `nox`[^1] runs\n\n'
        'uv[^1]\n: Installs.\n\ntox[^f]: tests\n: It does.\n```\n\n'
        '```{todo} Try the new queue.\n```\n\n## In short[^1]\n\n```{talk}\n```\n\n'
        '[^1]: One.\n[^f]: Two.\n',
    }
    index = 'Index\n=====\n\n.. toctree::\n\n   page\n\n.. package-list::\n'
    files = {'conf.py': CONF, 'index.rst': index, f'page.{markup}': pages[markup]}
    build = make_project(files).build()
    assert build.warnings == []
    talk, short = json.loads(build.read('notes.json'))['talks']
    assert (talk['title'], short['title']) == ('Queues', 'In short')
    assert [person['name'] for person in talk['speakers']] == ['Ada Field']
    assert {p['name']: p.get('summary', '') for p in talk['packages']} == {
        'huey': '', 'rq': 'small', 'dramatiq': '', 'arq': '', 'black': 'format',
        'isort': 'format', 'nox': 'runs', 'uv': 'Installs.', 'tox': 'tests',
    }  # fmt: skip
    assert {package['list'] for package in talk['packages']} == {'Seen'}
    assert [todo['text'] for todo in talk['todos']] == ['Try the new queue.']
    page = build.page('page')
    assert '@ada [2]' in page.text
    assert nested_links(build.outdir) == []
    assert dead_fragments(build.outdir) == []


#: A role ``cite`` as that of sphinxcontrib-bibtex.
CITE = f"""
{CONF}
from docutils import nodes
from sphinx.domains import Domain
from sphinx.roles import XRefRole


class Cite(Domain):
    name = 'cite'
    label = 'Citations'
    roles = {{'p': XRefRole(innernodeclass=nodes.inline)}}

    def resolve_xref(self, *args):
        return nodes.reference('', '', nodes.inline('', '[Knu]'), refid='knuth')


def setup(app):
    app.add_domain(Cite)
"""


def test_citations_of_bibtex_are_no_part_of_what_has_them(
    make_project: MakeProject,
) -> None:
    page = (
        ':talk:\n\nQueues\n======\n\n'
        '.. speaker:: Ada Field :cite:p:`knuth`\n   :handle: @ada\n\n'
        '.. packages:: Seen :cite:p:`knuth`\n\n   - huey :cite:p:`knuth`\n\n'
        '   uv :cite:p:`knuth`\n      Installs.\n\n'
        '.. todo:: Read on :cite:p:`knuth`.\n\n.. _knuth:\n\nKnuth.\n'
    )
    files = {'conf.py': CITE, 'index.rst': page}
    build = make_project(files).build()
    assert build.warnings == []
    (talk,) = json.loads(build.read('notes.json'))['talks']
    assert [person['name'] for person in talk['speakers']] == ['Ada Field']
    assert [package['name'] for package in talk['packages']] == ['huey', 'uv']
    assert {package['list'] for package in talk['packages']} == {'Seen'}
    assert [todo['text'] for todo in talk['todos']] == ['Read on [Knu].']
    assert build.page('index').text.count('[Knu]') == 5
    assert nested_links(build.outdir) == []
