"""Closed lists of the catalog, each once: rows, files and facets derive from them.

Each maps the word that files, rows and addresses use to what people read.
"""

# What serves one connection.
UNITS = {
    "process": "Process",
    "thread": "Thread",
    "event": "Event",
    "coroutine": "Coroutine",
    "green-thread": "Green thread",
    "actor": "Actor",
    "stage": "Stage",
    "mixed": "Mixed",
}
# How it waits for its client.
IO_STYLES = {
    "blocking": "Blocking",
    "non-blocking": "Non-blocking",
    "completion": "Completion",
    "mixed": "Mixed",
}
# Who decides what runs next.
SCHEDULERS = {
    "kernel": "Kernel",
    "runtime": "Language runtime",
    "application": "The program itself",
    "mixed": "Mixed",
}
# What a crash leaves alone.
ISOLATIONS = {
    "process": "By process",
    "thread": "By thread",
    "none": "None",
    "actor": "By actor",
}
# What decides, first of all, how many connections are served.
LIMITS = {
    "one": "One at a time",
    "workers": "Processes or threads",
    "cores": "The busiest loop, core or stage",
    "memory": "Memory and open files",
}
LOAD_KINDS = {"attack": "Attack", "load": "Load", "effect": "Effect"}
SOURCE_KINDS = {
    "paper": "Paper",
    "book": "Book",
    "rfc": "RFC",
    "manual": "Manual",
    "article": "Article",
    "talk": "Talk",
    "code": "Source code",
}
# When a source was published: by the first year of a period.
PERIODS = {
    "2020": "2020 and later",
    "2010": "2010 to 2019",
    "2000": "2000 to 2009",
    "1990": "1990 to 1999",
    "0": "Before 1990",
}
# The two axes of the picture of models: from the first end (0) to the other (100).
AXIS_MAX = 100
AXES = (
    ("Connections per unit of concurrency", "few", "many"),
    ("Who schedules", "the kernel", "the program"),
)
