"""The web service of the original tutorial, rebuilt to be measured against."""
