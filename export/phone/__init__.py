"""Makes a Core ML package of a bundle: joins its graphs, converts them, and compares the answers."""
