"""Catalogues in PostgreSQL with pgvector: several servers, one set of works, and backups that people know."""
