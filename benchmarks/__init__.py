"""Programs that measure; PERFORMANCE.md prints their figures."""
