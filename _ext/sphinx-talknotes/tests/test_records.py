"""Which packages are the same."""

from __future__ import annotations

from sphinx_talknotes import records
from sphinx_talknotes.records import Mention, Package


def package(
    name: str, docname: str = 'page', summary: str = '', links: tuple[str, ...] = ()
) -> Package:
    return Package(docname, 'id', name, summary, links, '', '')


def mention(
    target: str,
    docname: str = 'page',
    kind: str = 'package',
    links: tuple[str, ...] = (),
) -> Mention:
    return Mention(docname, 'id', kind, target, links)


def test_spellings_of_a_package_are_one_entry_named_as_first_listed() -> None:
    packages = [package('South', 'a'), package('SOUTH', 'b'), package('pip', 'c')]
    mentions = [mention('south', 'd'), mention('rip', 'e')]
    found = records.group_packages(packages, mentions)
    assert [
        (
            entry.name,
            [p.docname for p in entry.listed],
            [m.docname for m in entry.mentions],
        )
        for entry in found
    ] == [('pip', ['c'], []), ('rip', [], ['e']), ('South', ['a', 'b'], ['d'])]


def test_an_entry_of_mentions_is_named_as_first_mentioned() -> None:
    mentions = [mention('ZooKeeper', 'a'), mention('zookeeper', 'b')]
    (entry,) = records.group_packages([], mentions)
    assert entry == records.PackageEntry('zookeeper', 'ZooKeeper', (), tuple(mentions))


def test_mentions_of_handles_and_talks_are_no_packages() -> None:
    mentions = [mention('@x', kind='handle'), mention('page', kind='talk')]
    assert records.group_packages([], mentions) == []


def test_summaries_and_links_are_given_once_in_the_order_of_the_pages() -> None:
    packages = [
        package('South', summary='migrations', links=('https://b', 'https://a')),
        package('South', summary=''),
        package('South', summary='migrations', links=('https://a',)),
        package('South', summary='schema changes'),
    ]
    mentions = [mention('South', links=('https://a', 'https://c'))]
    (entry,) = records.group_packages(packages, mentions)
    assert entry.summaries == ['migrations', 'schema changes']
    assert entry.links == ['https://b', 'https://a', 'https://c']
