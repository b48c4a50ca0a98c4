"""What tests of pages share: what a page says and carries, and runs altered for it."""

import json
import re
from html import unescape


def inside(text, name):
    """The JSON that a page carries under an id."""
    found = re.search(rf'<script type="application/json" id="{name}">(.*?)</script>', text, re.S)
    return json.loads(found[1])


def without_tags(text):
    """What a reader reads."""
    text = text.replace("<wbr>", "")
    seen = re.sub(r"<(script|style).*?</\1>", "", text, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", seen)).split())


def altered(run, name, alter):
    held = json.loads((run.path / name).read_text())
    alter(held)
    (run.path / name).write_text(json.dumps(held))
