"""Open set: strangers, and the threshold under which an answer is *not recognised*.

Strangers are pictures of no trained class (unknowns, out-of-set).
"""
