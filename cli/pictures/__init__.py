"""Which pictures a command line means, and what they hold."""
