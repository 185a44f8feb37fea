"""Answers to many pictures: streamed, kept in files, evaluated."""
