"""Search: candidates compared by cross-validation, work kept on disk, the best one selected."""
