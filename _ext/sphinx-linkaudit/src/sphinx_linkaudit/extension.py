"""What Sphinx loads: sets up the link check, and what readers see of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sphinx_linkaudit._compat.sphinx import OLDEST_SPHINX
from sphinx_linkaudit.builder import LinkAuditBuilder, replace_collector
from sphinx_linkaudit.collect import Collector, OtherFormats
from sphinx_linkaudit.collect.silence import MARK, NoLinkCheck
from sphinx_linkaudit.settings import add_settings
from sphinx_linkaudit.show.archive import (
    Archive,
    depart_robust_reference,
    robust_reference,
    visit_robust_reference,
)
from sphinx_linkaudit.show.linklist import LinkList, link_list, note_links
from sphinx_linkaudit.show.linkreport import (
    LinkReport,
    LinkReportDomain,
    find_arrived,
    forgive_missing_page,
)

if TYPE_CHECKING:
    from sphinx.application import Sphinx


def set_up(app: Sphinx) -> None:
    """Take the place of Sphinx's link check, and show readers what it found."""
    app.require_sphinx(OLDEST_SPHINX)
    app.add_builder(LinkAuditBuilder, override=True)
    replace_collector(app)
    # Every builder has to know it, for the documents use it.
    app.add_role(MARK, NoLinkCheck())
    app.add_post_transform(OtherFormats)
    app.add_post_transform(Collector)
    add_settings(app)

    archive = Archive()
    app.add_node(
        robust_reference, html=(visit_robust_reference, depart_robust_reference)
    )
    # Early, for other handlers may ask what is known of the links.
    app.connect('env-updated', archive.outdated, priority=400)
    # Late, for other handlers may make links.
    app.connect('doctree-resolved', archive.mark, priority=900)
    app.connect('build-finished', archive.save)

    app.add_domain(LinkReportDomain)
    app.add_directive('link-report', LinkReport)
    app.connect('env-get-outdated', find_arrived)
    app.add_node(link_list)
    app.add_directive('link-list', LinkList)
    app.connect('doctree-read', note_links)
    app.connect('warn-missing-reference', forgive_missing_page)
