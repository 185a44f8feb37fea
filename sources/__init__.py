"""Reads pictures from their addresses: object stores, web servers and local files. URI in, bytes out."""
