"""Features of pictures: extracted here, written into files for notebooks and other programs."""
