"""Whether a claim can be put to the test as it is written.

The catalog keeps a claim's `runs` and `expect` and does not know what they mean. Who
carries them out says what is wrong in them (`Hooks.claim_faults`).
"""

from models_catalog import hooks


def faults_of(claim):
    """Return the Faults of a claim; none of one that lacks its runs or what to expect.

    That such a claim is unfinished is told elsewhere, and no reason to refuse it.
    """
    if not (claim.runs and claim.expect):
        return []
    return [
        fault for added in hooks.registered() for fault in added.claim_faults(claim)
    ]
