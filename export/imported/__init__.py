"""Models that were trained elsewhere: read in a process of their own, and made bundles of."""
