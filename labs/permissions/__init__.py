"""Who someone is, what they may see or stop, how much they may start.

Every question about rights is answered here; views ask and never decide.
"""
