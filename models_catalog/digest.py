"""One digest for a page's content, whether it comes from a file or from a row."""

import hashlib
import json


def digest_of(content):
    """Return the digest of a page's plain values; trailing white space is no change."""
    plain = {
        name: value.strip() if isinstance(value, str) else value
        for name, value in content.items()
    }
    text = json.dumps(plain, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.replace("\\r\\n", "\\n").encode()).hexdigest()
