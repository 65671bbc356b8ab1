"""What scenarios share when they judge: reading a result, making findings from it.

Pure functions of the stored result, so that a run can be judged again years later.
"""
