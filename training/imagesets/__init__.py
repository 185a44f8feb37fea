"""Image sets: folders of pictures, read once, checked, and split with near duplicates on one side."""
