"""One digest for a page's content, whether it comes from a file or from a row."""

import hashlib
import json

_EMPTY: tuple = ("", None, [], (), {})


def digest_of(content):
    """Return the digest of a page's plain values.

    White space at the ends is no change. An empty value counts as one that is not
    there, so that a field added later leaves the digests of all pages as they were.
    """
    plain = {
        name: value.strip() if isinstance(value, str) else value
        for name, value in content.items()
        if value not in _EMPTY
    }
    text = json.dumps(plain, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.replace("\\r\\n", "\\n").encode()).hexdigest()
