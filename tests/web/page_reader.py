"""Reads a page as a person's tools would: its forms with their fields, its links, its words."""

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class Form:
    """A form and what it sends."""

    method: str
    action: str
    fields: dict[str, list[str]] = field(default_factory=dict)


class PageReader(HTMLParser):
    """``PageReader.of(body)``."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.forms: list[Form] = []
        self.links: list[str] = []
        self.sources: list[str] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.words = ""

    @classmethod
    def of(cls, body: bytes) -> "PageReader":
        """A page that was read."""
        made = cls()
        made.feed(body.decode())
        return made

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep what tests ask for."""
        given = {name: value or "" for name, value in attrs}
        self.tags.append((tag, given))
        if tag == "form":
            self.forms.append(Form(given.get("method", "get"), given.get("action", "")))
        elif tag in ("input", "select", "button", "textarea") and given.get("name") and self.forms:
            self.forms[-1].fields.setdefault(given["name"], []).append(given.get("value", ""))
        elif tag == "a":
            self.links.append(given.get("href", ""))
        if tag in ("link", "script", "img", "source", "iframe"):
            self.sources.append(given.get("src") or given.get("href") or "")

    def handle_data(self, data: str) -> None:
        """Words."""
        self.words = " ".join((self.words, *data.split())).strip()

    def form(self, action: str) -> Form:
        """The form that is sent to ``action``."""
        return next(form for form in self.forms if form.action == action)

    def attributes(self, tag: str, name: str) -> list[str]:
        """Values of an attribute over all elements of a kind."""
        return [given[name] for kind, given in self.tags if kind == tag and name in given]
