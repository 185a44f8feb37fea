"""Picture to colours."""
