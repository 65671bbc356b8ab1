"""A small catalog of files, one of each kind, for tests that change something in it."""

from __future__ import annotations

from pathlib import Path

FILES = {
    "models/pool.md": """---
slug: pool
title: Pool
summary: Many.
unit_of_concurrency: a worker
io_style: blocking
limit: the pool
unit: process
io: blocking
scheduler: kernel
isolation: process
position: [5, 0]
---
A model [@kegel, part 2] of a [worker](term:worker).
""",
    "models/loop.md": """---
slug: loop
title: Loop
summary: One.
unit_of_concurrency: an entry
io_style: non-blocking
limit: memory
---
Another.
""",
    "servers/httpd.md": """---
slug: httpd
name: Httpd
concurrency_model: pool
summary: It serves.
language: C
version: '2.4'
roles:
- model: pool
  role: answers
- model: loop
  role: keeps idle connections
---
A server.
""",
    "loads/slow.md": """---
slug: slow
title: Slow heads
summary: Byte by byte.
kind: attack
scenario: slowloris
---
An attack.
""",
    "glossary/worker.md": """---
slug: worker
term: worker
definition: A process or thread that serves.
also: [workers, worker process]
---
""",
    "sources/kegel.md": """---
slug: kegel
kind: article
title: The C10K problem
authors: Dan Kegel
year: 1999
url: http://www.kegel.com/c10k.html
---
""",
    "claims/pool-serves-n.md": """---
slug: pool-serves-n
code: S3
statement: A pool of N serves N.
models: [pool, loop]
servers: [httpd]
loads: [slow]
sources: [kegel]
runs:
- scenario: capacity
  server: [apache-prefork]
  knobs: {processes: 4}
  name: null
  params: {warm_up_s: 0.5}
expect:
- {figure: served_at_once, equals: 4}
---
Why.
""",
}


def write(folder: Path, changes: dict[str, tuple[str, str]] | None = None) -> Path:
    """Write the bundle, with (old, new) replaced in some files; return the folder."""
    for name, text in FILES.items():
        old, new = (changes or {}).get(name, ("", ""))
        assert old in text
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace(old, new, 1) if old else text)
    return folder
