"""The palette service: from pictures to colours."""
