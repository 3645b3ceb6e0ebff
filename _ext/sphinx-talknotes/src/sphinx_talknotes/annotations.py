"""What is known of a package besides the notes: the form in which it is handed over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from docutils.nodes import Element, inline

    from sphinx_talknotes.references import References


class Annotation(Protocol):
    """What is known of one package: handlers of ``talk-package-annotations`` return it.

    Its ``repr`` says all that is known: pages are written again when it changes.
    """

    @property
    def state(self) -> str:
        """A word that lists of packages can choose it by."""

    @property
    def marked(self) -> tuple[str, ...]:
        """All that a mark depends on."""

    @property
    def packages(self) -> tuple[str, ...]:
        """The other packages that it shows, as links if the notes name them."""

    def mark(self, references: References) -> inline | None:
        """Return what stands behind the name in running text, None for no news."""

    def in_short(self, references: References) -> inline:
        """Return what stands behind the name in the summary of a talk."""

    def about(self, references: References) -> Element:
        """Return what the package's entry says at its end."""

    def data(self) -> dict[str, Any]:
        """Return what ``notes.json`` has of it, under keys of its own."""
