"""Image sets: folders of pictures read once, judged, and split without near duplicates on both sides."""
