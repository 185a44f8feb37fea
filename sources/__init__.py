"""Pictures from where they are: addresses in, bytes out; object stores, the web and files alike."""
