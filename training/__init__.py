"""Image sets, recipes, search, evaluation and report."""
