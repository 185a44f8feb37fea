"""The catalogue service: works in pictures, and the works that it keeps."""
