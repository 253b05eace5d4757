"""Pages, read."""

from html.parser import HTMLParser


class Outline(HTMLParser):
    """Reads a page, and fails where a tag is not closed in its place."""

    EMPTY = frozenset({"meta", "input", "br"})

    def __init__(self, page):
        super().__init__()
        self.open, self.elements, self.texts = [], [], []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)

    def of(self, tag, **attributes):
        return [a for name, a in self.elements if name == tag and attributes.items() <= a.items()]

    @property
    def text(self):
        return "\n".join(self.texts)

    def assert_loads_nothing(self):
        """No element of it is of those that fetch something, and its own policy forbids any."""
        assert not {"link", "img", "iframe", "object", "base"} & {tag for tag, _ in self.elements}
        assert not any({"src", "href", "style"} & set(attributes) for _, attributes in self.elements)
        (policy,) = self.of("meta", **{"http-equiv": "Content-Security-Policy"})
        assert policy["content"].startswith("default-src 'none'")
