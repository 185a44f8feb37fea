"""Open set: pictures of no trained class, and the threshold under which nothing is recognised."""
