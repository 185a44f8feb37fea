"""`lienzo demo`: the whole way once, on pictures that ship with scikit-image and scikit-learn."""
