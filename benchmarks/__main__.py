"""Run benchmarks one after the other, print their figures, write them under var/."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import platform
import subprocess
import sys
import time
import traceback
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parent.parent


def main() -> int:
    """Run those named on the command line, or all. Return 1 where one failed."""
    parser = argparse.ArgumentParser(prog="script/bench", description=__doc__)
    parser.add_argument("names", nargs="*", help=", ".join(available()))
    names = parser.parse_args().names or available()
    if unknown := set(names) - set(available()):
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    report = {"machine": machine(), "figures": {}, "failed": []}
    for name in names:
        print(f"--- {name}", flush=True)
        run(name, report)
    print(f"Written to {save(report)}")
    return 1 if report["failed"] else 0


def available() -> list[str]:
    """List the benchmarks by name."""
    files = Path(__file__).parent.glob("[a-z]*.py")
    return sorted(path.stem for path in files if "def main(" in path.read_text())


def run(name: str, report: dict[str, Any]) -> None:
    """Run one benchmark and print its figures; one that fails stops no other."""
    try:
        figures = importlib.import_module(f"benchmarks.{name}").main() or {}
    except Exception:
        traceback.print_exc()
        report["failed"].append(name)
        return
    report["figures"][name] = figures
    for key, value in figures.items():
        shown = f"{value:.4g}" if isinstance(value, float) else value
        print(f"  {key:<44} {shown}", flush=True)


def machine() -> dict[str, Any]:
    """Say on what the figures were measured."""
    commit = ["git", "-C", str(CHECKOUT), "rev-parse", "HEAD"]
    return {
        "measured_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "commit": subprocess.run(commit, capture_output=True, text=True).stdout.strip(),
        "kernel": platform.release(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "load_1_min": os.getloadavg()[0],
    }


def save(report: dict[str, Any]) -> Path:
    """Write the report under var/ and return where."""
    folder = CHECKOUT / "var/benchmarks"
    folder.mkdir(parents=True, exist_ok=True)
    when = report["machine"]["measured_at"].replace(":", "")
    path = folder / f"{when}.json"
    path.write_text(json.dumps(report, indent=2) + "\n")
    return path


if __name__ == "__main__":
    sys.exit(main())
