"""What an author writes of packages: lists of them, and the role that names one."""

from __future__ import annotations

import re
from itertools import takewhile
from textwrap import shorten
from typing import TYPE_CHECKING, Any, ClassVar

from docutils import nodes
from sphinx import addnodes
from sphinx.transforms import SphinxTransform
from sphinx.util.docutils import ReferenceRole
from sphinx.util.nodes import traverse_parent

from sphinx_talknotes import names
from sphinx_talknotes._compat import docname_of
from sphinx_talknotes.addresses import host, is_url
from sphinx_talknotes.entries import (
    Span,
    address_of,
    another_name,
    can_be_name,
    is_between,
    is_command,
    is_line_of_names,
    is_name,
    is_several,
    is_term,
    is_word,
    is_word_in_marks,
    names_in,
    propose,
    split,
)
from sphinx_talknotes.messages import warn
from sphinx_talknotes.names import package_name
from sphinx_talknotes.nodes import (
    added,
    find,
    find_blocks,
    is_note,
    is_package,
    package_entries,
    talk_packages,
    text_of,
    text_of_raw,
    words,
)
from sphinx_talknotes.options import Options, TalkDirective
from sphinx_talknotes.places import (
    cross_reference,
    external_link,
    new_anchor,
    package_index_entry,
)
from sphinx_talknotes.records import VERDICTS
from sphinx_talknotes.translate import __

if TYPE_CHECKING:
    from docutils.nodes import Node, system_message
    from sphinx.environment import BuildEnvironment
    from sphinx.util.typing import OptionSpec

_LISTS = (nodes.bullet_list, nodes.enumerated_list)
#: What would be replaced outside of roles, in reST and in MyST.
_SUBSTITUTION = re.compile(r'\|\S.*\||\{\{.*\}\}')
_LINKS = (nodes.reference, addnodes.pending_xref)
#: In what an address is no link, or is one already.
_NO_TEXT = (*_LINKS, nodes.FixedTextElement, nodes.literal, nodes.raw, nodes.math)
_ADDRESS = re.compile(r'(?<!\w)(?:https?|ftp)://\w[^\s<>"]*', re.IGNORECASE)
#: How a line begins that was meant for a package role, before a quotation perhaps.
_ROLE = re.compile(
    r'([:{]?)(?:talk:)?package[:}] ?(["\'\u2018-\u201f](?=.*["\'\u2018-\u201f]))?'
)
#: How to write what a warning says names no package.
HOW_TO = __(
    'names are terms of a definition list, stand in a package role (:package:`name`, '
    'in Markdown {package}`name`), or begin a bullet: one word, code, bold or a link'
)


class Packages(TalkDirective):
    """A list of packages, in the shape that the notes give it."""

    takes_content = True
    option_spec: ClassVar[OptionSpec] = Options('verdict')

    def make(self) -> list[Node]:
        verdict = self.words('verdict')
        if verdict and verdict not in VERDICTS:
            known = ', '.join(VERDICTS)
            message = __('unknown verdict %r (known: %s)')
            self.warn('verdict', message, verdict, known, option='verdict')
            verdict = ''
        packages = talk_packages(
            '',
            classes=['packages'],
            docname=docname_of(self.env),
            verdict=verdict,
        )
        if verdict:
            packages['classes'].append(f'verdict-{verdict}')
        self.set_source_info(packages)
        self.set_common_options(packages)
        if self.arguments:
            title, messages = self.inline(self.arguments[0])
            rubric = nodes.rubric(self.arguments[0], '', *title)
            self.set_source_info(rubric)
            packages += [rubric, *messages]
        packages += self.parse_content_to_nodes()
        index = addnodes.index(entries=[], talk=True)
        for term in find_blocks(packages, nodes.term):
            index['entries'] += self.make_entry(term)
        packages += [index] if index['entries'] else []
        return [packages]

    def make_entry(self, term: nodes.term) -> list[tuple[str, ...]]:
        """Make the *term* of a definition list an entry: its text is the name.

        Return what it has in the general index.
        """
        # Names are the same in every language.
        term['translatable'] = False
        if 'package' in term or any(map(is_package, find(term, nodes.Element))):
            return []
        text = words([term])
        is_more = not address_of(text) and (_split_term(term) or is_several(text))
        if is_more and make_entries(self.env, term, of_term=True):
            return []
        text = words([term])
        if is_more:
            message = __('%r looks like more than a name; give each a package role')
            warn('name', message, text, location=term)
        elif not can_be_name(text):
            warn(
                'name',
                __("this can't be the name of a package: %s"),
                text,
                location=term,
            )
            return []
        name = names.package_name(text)
        anchor = new_anchor(self.env, 'package')
        term['ids'].append(anchor)
        term['package'] = name
        entries: list[tuple[str, ...]] = package_index_entry(name, anchor)['entries']
        return entries


def _split_term(term: nodes.term) -> bool:
    """Make of "celery: a queue" what reST makes of "celery : a queue".

    That is a term with a classifier; return whether another separator stands in it.
    """
    for number, child in enumerate(term.children):
        if number and isinstance(child, nodes.reference) and is_url(child.astext()):
            return True
        if not isinstance(child, nodes.Text):
            continue
        before, separator, after = split(str(child))
        if not separator:
            continue
        name = ''.join(map(text_of, term.children[:number])) + before
        if not is_name(name.strip()):
            return False
        rest: list[Node] = [nodes.Text(after)] if after else []
        rest += term.children[number + 1 :]
        if ':' not in separator or not rest:
            return True
        text = ''.join(node.astext() for node in rest)
        classifier = nodes.classifier(text, '', *rest)
        classifier.source, classifier.line = term.source, term.line
        term.children = term.children[:number]
        term += [nodes.Text(before)] if before else []
        term.parent.insert(term.parent.index(term) + 1, classifier)
        return False
    return False


class ReadBullets(SphinxTransform):
    """Make entries of the bullets in lists of packages that begin with a name.

    Once substitutions are replaced, and not sooner, because a translation of its text
    takes the place of all that is in a paragraph.
    """

    default_priority = 225

    def apply(self, **kwargs: Any) -> None:
        for packages in find_blocks(self.document, talk_packages):
            self.read(packages)

    def read(self, packages: talk_packages) -> None:
        """Read one list, and warn of what names nothing though it should."""
        for definition in find_blocks(packages, nodes.definition):
            _tell_swallowed(definition)
        _link_addresses(packages)
        had_entries = any(True for _entry in package_entries(packages))
        unread: list[nodes.list_item] = []
        for item in _inner(packages):
            unread += _beside_entries(item) if self.read_item(item) else [item]
        unread = [
            item
            for item in unread
            if not (_begins_with_reference(item) or _begins_with_role(item))
        ]
        texts = [_text_of(item) for item in unread]
        proposals = list(map(_proposed, unread, texts))
        lines = [
            child
            for child in packages.children
            if isinstance(child, nodes.paragraph) and _is_line_of_names(child)
        ]
        if not any(True for _entry in package_entries(packages)):
            message = __('a list of packages that names none: %s')
            how = str(HOW_TO)
            could_be = [*proposals, *(f'- {line.astext()}' for line in lines)]
            if proposed := next(filter(None, could_be), ''):
                how += __('; here write "%s"') % proposed
            warn('empty-packages', message, how, location=packages)
            return
        for line in lines:
            message = __('no package is named by "%s": write "%s"')
            text = _short(line.astext())
            warn('name', message, text, f'- {text}', location=line)
        for item, text, proposed in zip(unread, texts, proposals, strict=True):
            # Beside entries there may be remarks, but names shouldn't be lost.
            if not text or (
                had_entries
                and not (proposed or is_name(text) or is_word_in_marks(text))
                and not _ROLE.match(text)
            ):
                continue
            if proposed:
                # Above other bullets, a word may as well be what they are.
                proposal = f'**{text}**' if proposed == text else proposed
                if any(map(_could_be_entry, _inner(item))):
                    message = __(
                        'no package is named by "%s": give it a package role, or if '
                        'those below it are packages, each of them'
                    )
                    warn('name', message, _short(text), location=item[0])
                    continue
                message = __('no package is named by "%s": write "%s"')
                warn('name', message, _short(text), proposal, location=item[0])
            else:
                message = __(
                    'no package is named by "%s": begin with the name and a colon, or '
                    'put it in a package role'
                )
                warn('name', message, _short(text), location=item[0])

    def read_item(self, item: nodes.list_item, *, plain: bool = True) -> bool:
        """Make an entry of what an item begins with; return whether it has any.

        Words without markup are a name only if they are *plain* enough.
        """
        if any(isinstance(n, talk_packages) for n in find(item, nodes.Element)):
            return True
        if any(True for _entry in package_entries(item)):
            return True
        paragraph = item.children[0] if item.children else None
        if isinstance(paragraph, nodes.paragraph) and make_entries(
            self.env, paragraph, plain=plain and len(item.children) == 1
        ):
            _tell_heading(item, paragraph)
            return True
        read = [self.read_item(inner, plain=False) for inner in _inner(item)]
        return any(read)


def _tell_heading(item: nodes.list_item, line: nodes.paragraph) -> None:
    """Warn of an entry, bold on a *line* of its own, that may be what others are.

    Each item below it could be an entry.
    """
    text = words([line]).removesuffix(':')
    bold = [node.astext().removesuffix(':') for node in find(line, nodes.strong)]
    inner = _inner(item)
    if bold == [text] and inner and all(map(_could_be_entry, inner)):
        _tell_taken(line, text)


def _tell_taken(line: nodes.TextElement, name: str) -> None:
    """Warn that the *name* on a line may be a heading of others that follow."""
    message = __(
        '"%s" is taken for a package, and what follows for remarks: if those are '
        'packages, give each a package role, and else this one'
    )
    warn('name', message, name, location=line)


def _proposed(item: nodes.list_item, text: str) -> str:
    """Return the *text* of an item that names nothing, written so that it does.

    Bold words that it begins with are a name, whatever their number.
    """
    line = item.children[0] if item.children else nodes.paragraph()
    first = next(iter(line.children), None)
    name = words([first]) if isinstance(first, nodes.strong) else ''
    said = text.removeprefix(name).lstrip(' .,;')
    return f'**{name}**: {said}' if said and is_name(name) else propose(text)


def _could_be_entry(item: nodes.list_item) -> bool:
    """Whether an item could be an entry, if it stood by itself."""
    line = item.children[0] if item.children else None
    return isinstance(line, nodes.paragraph) and bool(
        _marked_names(line) or names_in(split(_text_of(item))[0])
    )


def _beside_entries(item: nodes.list_item) -> list[nodes.list_item]:
    """Return the items below a heading that are no entries, though others there are.

    Those below an entry are remarks on it.
    """
    if any(
        any(True for _entry in package_entries(child))
        for child in item.children
        if isinstance(child, nodes.Element) and not isinstance(child, _LISTS)
    ):
        return []
    found: list[nodes.list_item] = []
    for inner in _inner(item):
        if any(True for _entry in package_entries(inner)):
            found += _beside_entries(inner)
        elif names_in(split(_text_of(inner))[0]):
            found.append(inner)
    return found


def _inner(item: nodes.Element) -> list[nodes.list_item]:
    """Return the items of the lists right in an item, or in another element."""
    inner = [i for c in item.children if isinstance(c, _LISTS) for i in c.children]
    return [i for i in inner if isinstance(i, nodes.list_item)]


def _is_line_of_names(paragraph: nodes.paragraph) -> bool:
    """Whether it stands beside the entries of a list, and would be some as a bullet."""
    behind = paragraph.next_node(descend=False, siblings=True)
    text = paragraph.astext()
    is_heading = isinstance(behind, _LISTS) or (
        # Of terms, the first may be one that Markdown doesn't know.
        isinstance(behind, nodes.definition_list) and not is_term(text)
    )
    has_entries = any(map(is_package, find(paragraph, nodes.Element)))
    return is_line_of_names(text) and not (is_heading or has_entries)


def _tell_swallowed(definition: nodes.definition) -> None:
    """Warn of a term of Markdown that has become the end of a *definition* above it.

    What is said of it is another definition of the term before, then.
    """
    behind = definition.next_node(nodes.definition, descend=False, siblings=True)
    above, _line, term = definition.astext().rpartition('\n')
    if behind is not None and above and is_word(term):
        message = __('"%s" seems to be another package: put an empty line above it')
        warn('name', message, term, location=definition.children[-1])


def _begins_with_reference(item: nodes.list_item) -> bool:
    """Whether what an item begins with is of the site, so that it names nothing."""
    line = item.children[0].children if item.children else []
    shown = (c for c in line if not isinstance(c, nodes.Invisible) and c.astext())
    first = next(shown, None)
    return first is not None and any(map(_is_of_site, find(first, nodes.Element)))


def _begins_with_role(item: nodes.list_item) -> bool:
    """Whether an item begins with a role that isn't read, of which `unread` warns."""
    line = item.children[0] if item.children else nodes.paragraph()
    if isinstance(line, nodes.field_list):
        (name, *_rest) = find(line, nodes.field_name)
        return name.astext().rpartition(':')[2] == 'package'
    before, code = [*line.children, nodes.Text(''), nodes.Text('')][:2]
    is_code = isinstance(code, (nodes.literal, nodes.title_reference))
    match = _ROLE.match(before.astext())
    is_whole = match is not None and match.end() == len(match.string)
    return bool(match and (all(match.groups()) or (is_code and is_whole)))


def _text_of(item: nodes.list_item) -> str:
    """Return the text of what an item begins with, without the box of a task.

    Words that stand for a picture are no part of it, if there are others.
    """
    line = item.children[0] if item.children else nodes.paragraph()
    text = _without_pictures(line).strip() or text_of(line)
    return ' '.join(text.split())


def _without_pictures(node: Node) -> str:
    """Return the text of *node* without notes and what stands for a picture in it."""
    if is_note(node):
        return ''
    if isinstance(node, nodes.raw):
        return text_of_raw(node)
    if isinstance(node, nodes.Text):
        return node.astext()
    return ''.join(map(_without_pictures, node.children))


def _short(text: str) -> str:
    """Return *text*, or how it begins."""
    return shorten(text, 60, placeholder=' \N{HORIZONTAL ELLIPSIS}')


def _link_addresses(packages: talk_packages) -> None:
    """Make links of bare addresses, as reST does; in Markdown they are but text."""
    for text in [t for t in find(packages, nodes.Text) if '://' in t]:
        found: list[Node] = []
        end = 0
        for match in _ADDRESS.finditer(text):
            url = match[0].rstrip('.,;:!?\'"*_')
            while url.endswith(')') and url.count('(') < url.count(')'):
                url = url[:-1].rstrip('.,;:!?\'"*_')
            found += [nodes.Text(text[end : match.start()]), external_link(url, url)]
            end = match.start() + len(url)
        if found and not any(
            isinstance(parent, _NO_TEXT) for parent in traverse_parent(text.parent)
        ):
            text.parent.replace(text, [*found, nodes.Text(text[end:])])


def make_entries(
    env: BuildEnvironment,
    line: nodes.TextElement,
    *,
    plain: bool = True,
    of_term: bool = False,
) -> bool:
    """Make entries of the names that a *line* begins with; return whether it has any.

    A name that stands further on is warned of.
    """
    found = _make_entries(env, line, plain=plain, of_term=of_term)
    if found and (another := another_name(text_of(line), _behind_names(line))):
        message = __(
            '"%s" seems to be another package: give it a bullet or term of its own, or '
            'a package role'
        )
        warn('name', message, another, location=line)
    elif found and (name := _is_heading(line)):
        _tell_taken(line, name)
    return found


def _is_heading(line: nodes.TextElement) -> str:
    """Return the only entry of a *line*, if behind its colon are but marked names.

    What links lead to is called by such names, too.
    """
    entries = [n for n, child in enumerate(line.children) if _is_entry(child)]
    behind = line.children[entries[0] + 1 :] if len(entries) == 1 else []
    if not behind or not re.fullmatch(r'\s*:\s+', behind[0].astext()):
        return ''
    rest = nodes.paragraph('', '', *(child.deepcopy() for child in behind[1:]))
    marked = [node for node, _name in _marked_names(rest)]
    end = rest.index(marked[-1]) + 1 if len(marked) > 1 else 0
    said = ''.join(map(text_of, rest[end:])).strip('. ')
    if not end or said or find(rest, nodes.reference):
        return ''
    return words(line.children[: entries[0] + 1])


def _is_entry(node: Node) -> bool:
    return any('bullet' in inner for inner in find(node, nodes.Element))


def _behind_names(line: nodes.TextElement) -> str:
    """Return what a *line* says behind the names that were made entries."""
    behind: list[str] = []
    for child in reversed(line.children):
        if _is_entry(child):
            break
        behind.insert(0, text_of(child))
    return ''.join(behind)


def _make_entries(
    env: BuildEnvironment, line: nodes.TextElement, *, plain: bool, of_term: bool
) -> bool:
    """Make entries of the names that a *line* begins with.

    Names are set as code or bold, are links, or are *plain* words of one piece, *of a
    term* of several.
    """
    _join_texts(line)
    found = _marked_names(line)
    if found:
        for node, name in found:
            if len(names_in(name)) > 1:
                message = __('%r looks like more than a name; give each a package role')
                warn('name', message, name, location=line)
            _make_entry(env, line, node, name)
        return True
    start = _behind_pictures(line)
    # Of footnotes there are but marks between the words.
    first = list(takewhile(_is_text_or_note, line.children[start:]))
    rest = line.children[start + len(first) :]
    text = ''.join(map(text_of, first))
    if not plain or not text:
        return False
    if rest and isinstance(rest[0], nodes.title_reference) and _ROLE.fullmatch(text):
        return False
    head, separator, _rest = split(text)
    if not separator and rest:
        # Behind a name its address may stand, in parentheses or brackets perhaps.
        link = rest[0]
        if not (isinstance(link, nodes.reference) and is_url(link.astext())):
            return False
        if re.search(r'\w[+.-]*$', text):
            # What runs into the address is a part of it: git+https://….
            return False
        head = head.rstrip().rstrip('(<')
    spans = names_in(head)
    if not spans and of_term and is_name(head):
        spans = [Span(package_name(head), 0, len(head.rstrip()))]
    end = begin = 0
    content: list[Node] = []
    for child in first if spans else ():
        if is_note(child):
            content.append(child)
        behind = begin + len(text_of(child))
        for span in spans:
            if begin <= span.start < behind:
                content += (
                    [nodes.Text(text[end : span.start])] if span.start > end else []
                )
                shown = nodes.Text(text[span.start : span.end])
                content += _named(env, line, span.name, shown)
                end = span.end
        content += [nodes.Text(text[end:behind])] if text[end:behind] else []
        begin, end = behind, max(end, behind)
    if spans:
        line[start : start + len(first)] = content
    return bool(spans)


def _is_text_or_note(node: Node) -> bool:
    return isinstance(node, nodes.Text) or is_note(node)


def _behind_pictures(line: nodes.TextElement) -> int:
    """Return where what a line says begins, behind the pictures at its beginning."""
    pictures = takewhile(
        lambda c: (
            not c.astext().strip()
            or (not _without_pictures(c).strip() and find(c, nodes.image))
        ),
        line.children,
    )
    return len(list(pictures))


def _join_texts(line: nodes.TextElement) -> None:
    """Make one text of neighbours, and none of an empty one.

    Substitutions leave several, and Markdown has an empty one before what is bold.  Of
    npm's @scope/name@1 reST takes the end for an address of mail.
    """
    joined: list[Node] = []
    for child in line.children:
        before = joined[-1] if joined else None
        if (
            isinstance(before, nodes.Text)
            and re.search(r'@[\w.-]+/$', before)
            and _is_mail(child)
        ):
            joined[-1] = nodes.Text(f'{before}{child.astext()}')
        elif (
            isinstance(child, nodes.Text)
            and joined
            and isinstance(joined[-1], nodes.Text)
        ):
            joined[-1] = nodes.Text(f'{joined[-1]}{child}')
        elif str(child) or isinstance(child, nodes.Element):
            joined.append(child)
    line.children = []
    line += joined


def _marked_names(line: nodes.TextElement) -> list[tuple[nodes.Element, str]]:
    """Return the elements that a *line* begins with and that mark names."""
    found: list[tuple[nodes.Element, str]] = []
    children: list[Node] = []
    for child in line.children[_behind_pictures(line) :]:
        if isinstance(child, nodes.Invisible) or is_note(child):
            continue
        if isinstance(child, nodes.Text) and isinstance(
            before := children[-1] if children else None, nodes.Text
        ):
            children[-1] = nodes.Text(f'{before}{child}')  # A note was between them.
        else:
            children.append(child)
    for number, child in enumerate(children):
        if (
            number % 2
            and isinstance(child, nodes.Text)
            and (is_between(str(child)) or str(child) == '/')
        ):
            continue
        name = _marked_name(child) if number % 2 == 0 else ''
        if not name:
            break
        assert isinstance(child, nodes.Element)
        found.append((child, name))
    if not found:
        return []
    last = children.index(found[-1][0])
    behind = ''.join(c.astext() for c in children[last + 1 :])
    if isinstance(found[-1][0], (nodes.strong, nodes.emphasis)):
        # Whatever is bold may begin a sentence, but for one word.
        ends = found[-1][0].astext().rstrip().endswith(':') or (
            isinstance(found[-1][0], nodes.strong)
            and all(is_word(element.astext()) for element, _name in found)
            and not behind[:1].isalnum()
        )
        if behind.strip() and not ends and split(f'x{behind}')[0] != 'x':
            return []
    return found


def _marked_name(node: Node) -> str:
    """Return the name that an element marks, '' if it marks none."""
    text = ' '.join(_without_pictures(node).split()).removesuffix(':').rstrip()
    if isinstance(node, (nodes.literal, nodes.title_reference)):
        return '' if is_command(text) or not is_name(text) else package_name(text)
    if isinstance(node, (nodes.strong, nodes.emphasis, *_LINKS)):
        if any(map(_is_of_site, find(node, nodes.Element))):
            return ''
        return package_name(text) if is_name(text) else ''
    return ''


def _make_entry(
    env: BuildEnvironment, line: nodes.TextElement, node: nodes.Element, name: str
) -> None:
    """Make an entry of an element that marks a *name*; a link stays the link it is."""
    link = next(filter(_is_link, find(node, nodes.Element)), None)
    if link is None:
        position = line.index(node)
        line.remove(node)
        line.insert(position, _named(env, line, name, node))
        return
    link['package'], link['bullet'] = name, True
    link['classes'] += ['talk', 'talk-package']
    anchor = new_anchor(env, 'package')
    position = link.parent.index(link)
    place = nodes.target('', '', ids=[anchor])
    link.parent.insert(position, [package_index_entry(name, anchor), place])


def _is_mail(node: Node) -> bool:
    """Whether *node* is an address of mail that reST has made a link of."""
    return (
        isinstance(node, nodes.reference)
        and node.get('refuri') == f'mailto:{node.astext()}'
    )


def _is_link(node: nodes.Element) -> bool:
    return isinstance(node, _LINKS)


def _is_of_site(node: nodes.Element) -> bool:
    """Whether *node* refers to a talk, a page or a label, or but mentions a package."""
    return isinstance(node, addnodes.pending_xref) and (
        node.get('refdomain') in {'std', 'talk'}
        or node['reftype'] in {'any', 'doc', 'myst'}
    )


def _named(
    env: BuildEnvironment, line: nodes.TextElement, name: str, shown: Node
) -> list[Node]:
    """Return *shown* as an entry, as a package role makes it."""
    anchor = new_anchor(env, 'package')
    reference = cross_reference(docname_of(env), 'package', name, shown)
    reference.attributes.update(link='', mention=False, bullet=True)
    reference.source, reference.line = line.source, line.line
    place = nodes.target('', '', ids=[anchor])
    return [package_index_entry(name, anchor), place, reference]


class PackageRole(ReferenceRole):
    """A package in running text, in four forms.

    ``South``, ``Debug Toolbar <django-debug-toolbar>``, and where there is a link,
    ``celery <https://…>``, or ``https://… <celery>`` where the notes give the address
    alone: then the name is added.  In a list of packages, a ``!`` in front makes it a
    mention instead of an entry.
    """

    def run(self) -> tuple[list[Node], list[system_message]]:
        title = self.title.removeprefix('!')
        name = self.target if self.has_explicit_title else title
        text, link = title, ''
        if self.has_explicit_title and is_url(name):
            name, link = title, name
        elif self.has_explicit_title and address_of(title):
            text, link = name, address_of(title)
        elif self.has_explicit_title and address_of(name, is_beside_name=True):
            name, link = title, address_of(name, is_beside_name=True)
        if not can_be_name(name):
            message = __("this can't be the name of a package: %s")
            warn('name', message, self.text, location=self.get_location())
            addresses = dict.fromkeys(filter(None, (address_of(name), link)))
            shown: list[Node] = [] if address_of(name) else [nodes.Text(text)]
            shown += [external_link(url, url) for url in addresses]
            shown[1:] = [nodes.Text(' '), added(*shown[1:])] if shown[1:] else []
            return shown, []

        if _SUBSTITUTION.search(name):
            message = __('nothing is replaced in a role, so this is no name: %s')
            warn('name', message, name, location=self.get_location())
        name = names.package_name(' '.join(name.split()))
        anchor = new_anchor(self.env, 'package')
        docname = docname_of(self.env)
        reference = cross_reference(docname, 'package', name, nodes.Text(text))
        reference.attributes.update(link=link, mention=self.disabled)
        self.set_source_info(reference)
        shown = [reference]
        if link and text == title:
            address = external_link(link, host(link))
            # The notes have this address, if not these words.
            address['classes'].append('not-added')
            shown += [nodes.Text(' '), added(address)]
        elif link:
            shown = [added(reference), nodes.Text(' '), external_link(link, title)]
        target = nodes.target('', '', ids=[anchor])
        return [package_index_entry(name, anchor), target, *shown], []
