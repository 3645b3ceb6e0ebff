"""The directive of a byline: who spoke, and where else to find them."""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING, ClassVar

from docutils import nodes

from sphinx_talknotes import addresses, names, people
from sphinx_talknotes._compat import docname_of
from sphinx_talknotes.addresses import host, is_url
from sphinx_talknotes.nodes import (
    added,
    before_notes,
    find,
    is_linked,
    talk_speaker,
    text_of,
)
from sphinx_talknotes.options import Options, TalkDirective
from sphinx_talknotes.places import (
    cross_reference,
    external_link,
    index_entry,
    new_anchor,
)
from sphinx_talknotes.spellings import is_description, is_of_several, is_unknown
from sphinx_talknotes.translate import _, __

if TYPE_CHECKING:
    from collections.abc import Sequence

    from docutils.nodes import Element, Node
    from sphinx.util.typing import OptionSpec

#: A name to refer to, where a person's could stand as well.
_REFERENCE_NAME = re.compile(r'[a-z0-9]+(?:[-_.:][a-z0-9]+)*')


#: A handle or an address behind a name, in parentheses perhaps.
_HANDLE_OR_URL = re.compile(
    r'(?:^|(?<=\s))[(<]*'
    r'(?P<what>[@\uff20\ufe6b]\S*?|(?i:[a-z0-9-]+\.bsky\.social)'
    r'|(?i:https?|ftp)://\w[^\s<>`()]*?/?)[)>]*[,;]*$'
)
#: What else stands behind a name: something in parentheses, an address of mail.
_BESIDE = re.compile(
    r'(?:^|\s)(?:\((?:[^()]|\([^()]*\))*\)|<?(?:mailto:)?[\w.+-]+@[\w-]+(?:\.[\w-]+)+>?)[,;]*$'
    # Something in brackets, or behind a dash or a bar.
    r'|(?<=\S)\s+(?:\[(?!\^)[^][]*\]|\{[^{}]*\}|(?:[-\u2013\u2014]{1,3}|[@|\u00b7\u2022])\s+\S.*)$'
    # Pronouns, in a few languages.
    r'|(?<=\S)\s+(?i:s?he|they|[xz]e|sie|er|elle|ella|il)(?:/\w+)+$'
    # Where somebody comes from, in English and German.
    r'|(?<=\S)\s+(?:from|at|aus|bei)\s+\S.*$'
    # An address without its scheme, an account of Matrix.
    r'|(?<=\S)\s+<?(?:(?:[a-z0-9-]+\.)+[a-z]{2,}(?:/\S*?)?|\w+:@[\w.-]+:[\w.-]+)>?[,;]*$'
)
#: What a handle or an address stands behind, in parentheses: "(Lemon, @ada)", or
#: where it is.
_BEFORE_HANDLE = re.compile(
    r'\s*\(([^()]+)$|(?<=\S)\s+((?:(?:on|auf)\s+)?(?:twitter|mastodon|fediverse|bluesky'
    r'|bsky|github|gitlab|codeberg|linkedin|instagram|matrix|youtube|web|website'
    r'|homepage|blog))$',
    re.IGNORECASE,
)
#: A handle within a name, in markup perhaps; one that is escaped is none.
_HANDLE_WITHIN = re.compile(r'(?<=\s)[^\w\s\\@]*(@\w[\w.@-]*)')
#: The same in the parentheses of Chinese and Japanese, which need no space.
_IN_WIDE = re.compile('\\s*\uff08([^\uff08\uff09]*)\uff09(?=$|[\\s,;])')
#: What tells a handle from a word: @ada, ada.bsky.social.
_MARKED = re.compile('[.@]')
#: What joins a name to that.
_END = re.compile(r'[\s,;]*(?::|\s[-\u2013\u2014|]{1,3})?\s*$')
#: What a link within notes is marked with elsewhere: [[people/Ada|Ada]].
_OF_WIKI = re.compile(r'\[\[|\]\]')
#: What belongs to a name, behind a comma.
_TITLES = re.compile(
    r'(?:(?:[JS]r|Ph\.?\s?D|M\.?\s?D|[BM]\.?(?:A|Sc)|MBA|Dipl[.\w-]*|Esq|[IVX]+)\.?'
    r'(?:,\s*)?)+',
    re.IGNORECASE,
)
#: What is somebody's, in English and German: "Ada Field's talk", "Jens' Vortrag".  A
#: name may have an apostrophe, and nicknames stand between two.
_OF_SOMEBODY = re.compile(
    r"(?:.*?\w(?=['\u2019\xb4]s)|(?:(?!(?<!\S)['\u2018]).)*?[sxz\xdf](?=['\u2019\xb4]\s))"
    r"(['\u2019\xb4]s?(?:\s.*)?)"
)
#: A family name of several words, before a comma: "van der Berg, Ada".
_FAMILY = re.compile(
    r'(?:(?:van|von|vom|zu[mr]?|de[lnr]?|della|di|d[aou]s?|la|las|los|le|te[nr]|al|el|af|av)'
    r'\s+)*\S+',
    re.IGNORECASE,
)


def _addresses_in(content: Sequence[Node]) -> list[str]:
    """Return where links in *content* lead, as far as their markup says it."""
    links = (link for node in content for link in find(node, nodes.reference))
    return [link['refuri'] for link in links if 'refuri' in link]


def _no_part_of(name: str) -> list[str]:
    """Return what stands in a name though it seems to be no part of it."""
    found = []
    first, _comma, last = name.partition(', ')
    is_one = _FAMILY.fullmatch(first) or _TITLES.fullmatch(last) or is_of_several(name)
    if last and not is_one:
        found.append(last)
    before, colon, after = name.partition(': ')
    if colon:
        # As in "Ada Field: moderator", and in "Speaker: Ada Field".
        found.append(after if ' ' in before else before)
    match = re.fullmatch(r'\S+ .*?\S (of \S.*)', name)
    if match and not is_description(name):
        found.append(match[1])
    match = _OF_SOMEBODY.fullmatch(name)
    if match and not is_description(name):
        found.append(match[1])
    if name.casefold().startswith(('by ', 'with ')):
        found.append(name.partition(' ')[0])
    if match := _OF_WIKI.search(name):
        found.append(match[0])
    if not is_of_several(name):
        found += _HANDLE_WITHIN.findall(name)
    return found


class Speaker(TalkDirective):
    """A byline: who spoke, as the notes say it, and what was found out later."""

    option_spec: ClassVar[OptionSpec] = Options(
        'handle', 'url', 'role', 'affiliation', 'id', 'title', 'source'
    )

    def make(self) -> list[Node]:
        if self.plain('name') and not self.is_for_references():
            self.options['added-name'] = self.options.pop('name')
        argument, behind, beside = self.read_argument()
        argument, handles, wrong = self.read_handles(argument, behind)
        urls = [text for text in behind if is_url(text)]
        urls += self.read_urls(wrong)
        wrong += beside
        name, messages = self.inline(argument)
        urls += filter(is_url, _addresses_in(name))
        spelled = text_of(nodes.TextElement('', '', *name)).strip()
        for node in name[1:]:
            # "Ada Field [web](https://…)"; but a part of the name may be a link.
            if isinstance(node, nodes.reference) and node.astext().islower():
                self.warn_of_beside(node.astext())
        for text in (spelled, self.words('added-name')):
            if is_of_several(text):
                self.warn_of_several(text)
        byline = talk_speaker(
            '',
            classes=['speaker'],
            name=spelled,
            handles=handles,
            urls=list(dict.fromkeys(urls)),
            role=self.plain('role'),
            affiliation=self.plain('affiliation'),
            person=self.plain('id'),
            added_name=self.words('added-name'),
            added_title=self.plain('title'),
            sources=list(filter(is_url, addresses.words(self.words('source')))),
            # Names and handles are the same in every language.
            translatable=False,
        )
        self.set_source_info(byline)
        self.set_common_options(byline)
        byline += self.as_written(name, byline)
        byline += [nodes.Text(' '.join(['', *wrong]))] if wrong else []
        byline += self.about(byline)
        byline += self.found_out(byline)
        if not byline.children:
            self.warn('name', __('a speaker without a name'))
            return [*messages]
        anchor = new_anchor(self.env, 'speaker')
        place: list[Node] = [nodes.target('', '', ids=[anchor])]
        label, added_name = byline['name'], byline['added_name']
        if label and added_name not in {'', label}:
            label += f' [{added_name}]'
        if label := label or added_name or next(iter(handles), ''):
            place.insert(0, index_entry(_('%s (speaker)') % label, anchor))
        return [*place, byline, *messages]

    def warn_of_several(self, text: str) -> None:
        message = __(
            'this byline seems to name several people; '
            'give each a speaker directive: %s'
        )
        self.warn('speaker', message, text)

    def warn_of_beside(self, text: str) -> None:
        message = __(
            '"%s" seems to be no part of the name: '
            'write it as :handle:, :affiliation:, :role: or :url:'
        )
        self.warn('speaker', message, text)

    def read_argument(self) -> tuple[str, list[str], list[str]]:
        """Return the name, the handles and addresses behind it, and what is neither.

        What else stands behind a name, such as an employer, is warned of.
        """
        text = _END.sub('', _IN_WIDE.sub(r' (\1)', self.argument))
        behind: list[str] = []
        beside: list[str] = []
        while text:
            if match := _HANDLE_OR_URL.search(text):
                behind.insert(0, match['what'])
            elif behind and (match := _BEFORE_HANDLE.search(text)):
                beside.insert(0, f'({match[1] or match[2]})')
            elif not is_description(text) and (match := _BESIDE.search(text)):
                beside.insert(0, match[0].strip())
            else:
                break
            text = _END.sub('', text[: match.start()])
        if is_unknown(text):
            self.warn('name', __('a speaker without a name: %s'), text)
            return '', behind, [text, *beside]
        for said in [*beside, *_no_part_of(text)]:
            self.warn_of_beside(said)
        accounts = {
            names.handle_key(handle)
            for handle in behind
            if not (is_url(handle) or re.search(r'.[.@]', handle))
        }
        if not text and len(accounts) > 1:
            self.warn_of_several(' '.join(behind))
        if not (text or behind):
            return ' '.join(beside), [], []
        return text, behind, beside

    def read_handles(
        self, argument: str, behind: Sequence[str]
    ) -> tuple[str, list[str], list[str]]:
        """Return the argument without handles, the handles, and invalid ones."""
        spelled = argument.split()
        given = [(text, '') for text in behind if not is_url(text)]
        if spelled and names.plain(spelled[0]).startswith('@'):
            spelled, given = [], [(' '.join([argument, *dict(given)]), '')]
        of_option = self.words('handle').split()
        # Beside handles a plain word is what is said of one: "@ada (GitHub)"; so it is
        # behind one without a comma: "ada on GitHub".
        are_marked = any(_MARKED.search(names.plain(text)) for text in of_option)
        given += ((text, 'handle') for text in of_option)
        handles: dict[str, str] = {}
        wrong: list[str] = []
        is_behind = False
        for text, option in given:
            handle = names.plain(text).strip(',;<>()')
            is_said, is_behind = is_behind, bool(option) and text[-1] not in ',;'
            if not handle:
                continue
            if option and (are_marked or is_said) and not _MARKED.search(handle):
                message = __('beside others a handle begins with @: %s')
                self.warn('handle', message, text, option=option)
                wrong.append(text)
            elif names.is_handle(handle):
                written = f'@{handle.removeprefix("@")}'
                handles.setdefault(names.handle_key(handle), written)
            else:
                if ' ' in text:
                    message = __('write the handle behind the name: %s')
                else:
                    message = __('no handle has these characters: %s')
                self.warn('handle', message, text, option=option)
                wrong.append(text)
        if not (spelled or handles):
            spelled, wrong = wrong, []
        return ' '.join(spelled), list(handles.values()), wrong

    def read_urls(self, wrong: list[str]) -> list[str]:
        """Return the addresses in ``:url:``; all else of it goes to what is *wrong*."""
        found: dict[str, None] = {}
        for text in addresses.words(self.words('url')):
            if is_url(text):
                found[text] = None
            else:
                message = __(':url: no web address such as https://example.org: %s')
                self.warn('speaker', message, text, option='url')
                wrong.append(text)
        return list(found)

    def is_for_references(self) -> bool:
        """Whether ``:name:`` is one to refer to, as on every directive.

        It is a person's, found out later, where a source is given, and wherever it
        looks like one.
        """
        name = self.words('name')
        return 'source' not in self.options and bool(_REFERENCE_NAME.fullmatch(name))

    def as_written(self, name: Sequence[Node], byline: talk_speaker) -> list[Node]:
        """Return what the notes say of the speaker, as a link to the entry."""
        content: list[Node] = []
        named = list(before_notes(name))
        notes = name[len(named) :]
        if notes and named and isinstance(named[-1], nodes.Text):
            named[-1] = nodes.Text(named[-1].rstrip())
            # A picture among them has no text.
            seen = (node for node in notes if not isinstance(node, nodes.Text))
            notes = [nodes.Text(' '), *seen]
        if named:
            content.append(nodes.inline('', '', *named, classes=['talk-name']))
        for handle in byline['handles']:
            content += [nodes.Text(' ')] if content else []
            content.append(nodes.inline('', handle, classes=['handle']))
        if not content or is_linked(content):
            return [*content, *notes]
        return [self.link(byline, *content), *notes]

    def about(self, byline: talk_speaker) -> list[Node]:
        """Return what else the notes say of the speaker, in parentheses."""
        parts: list[Node] = [
            nodes.Text(byline[name]) for name in ('role', 'affiliation') if byline[name]
        ]
        shown = _addresses_in([byline])
        parts += (external_link(url) for url in byline['urls'] if url not in shown)
        content: list[Node] = []
        for part in parts:
            content += [nodes.Text(', ' if content else ' ('), part]
        return [*content, nodes.Text(')')] if content else []

    def found_out(self, byline: talk_speaker) -> list[Node]:
        """Return what was found out later."""
        name, title = byline['added_name'], byline['added_title']
        sources = addresses.words(self.words('source'))
        if sources and not (name or title):
            message = __('a source without a :name: or :title:')
            self.warn('source', message, option='source')
        elif (name or title) and (not sources or not all(map(is_url, sources))):
            self.warn(
                'source',
                __('an added :name: or :title: needs a :source:, a web address'),
                option='source' if sources else '',
            )
        parts: list[Node] = []
        if name and not (byline['name'] or byline['handles']):
            parts.append(self.link(byline, nodes.Text(name)))
        elif name:
            parts.append(nodes.Text(name))
        if title:
            parts.append(nodes.emphasis('', title, classes=['talk-title']))
        for are_urls, group in groupby(sources, is_url):
            if are_urls:
                parts += (external_link(url, host(url)) for url in group)
            else:
                parts.append(nodes.Text(' '.join(group)))
        if not parts:
            return []
        content = parts[:1]
        for part in parts[1:]:
            content += [nodes.Text(', '), part]
        return [*([nodes.Text(' ')] if byline.children else []), added(*content)]

    def link(self, byline: talk_speaker, *content: Node) -> Element:
        """Return *content* as a link to the speaker's entry."""
        name = byline['name'] or byline['added_name']
        target = people.target(
            byline['handles'], byline['urls'], byline['person'], name
        )
        if target is None:
            return nodes.inline('', '', *content)
        docname = docname_of(self.env)
        reference = cross_reference(docname, *target, *content)
        reference['byline'] = True
        return reference
