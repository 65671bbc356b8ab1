"""Where a server's programs are: in the lab root, or on this host and bound into it."""

import shutil
from pathlib import Path

from labs.bench.contracts.driver import Driver
from labs.bench.sandbox.lab_root import LabRoot, home


def of_host(driver: Driver) -> Path | None:
    """Find a binary that no lab root holds: in LABS_HOME/bin, then on the PATH."""
    ours = home() / "bin"
    found = shutil.which(driver.from_host, path=ours)
    found = found or shutil.which(driver.from_host)
    return Path(found).resolve() if found else None


def bound(driver: Driver) -> dict[str, Path]:
    """Return what to bind into the sandbox: path inside -> path on this host."""
    path = of_host(driver) if driver.from_host else None
    return {driver.binary: path} if path else {}


def file_of(driver: Driver, root: LabRoot) -> Path:
    """Return where the binary is, or would have to be, as the host sees it."""
    if driver.from_host:
        return of_host(driver) or root.home / "bin" / driver.from_host
    return root.root / driver.binary.lstrip("/")


def missing(driver: Driver, root: LabRoot) -> str:
    """Return why the server cannot be started; empty if all it needs is there."""
    if not file_of(driver, root).is_file():
        if driver.from_host:
            return (
                f"{driver.name} is not on this machine: {driver.from_host} is neither "
                f"in {root.home / 'bin'} nor on the PATH"
            )
        return f"{driver.name} is not in the lab root: there is no {driver.binary}"
    for helper in driver.helpers:
        if not (root.root / helper.lstrip("/")).is_file():
            return f"{driver.name} needs {helper}, which is not in the lab root"
    return ""
