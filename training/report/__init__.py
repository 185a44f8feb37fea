"""The report: a model's quality on one page for people."""

from training.report.page import Provenance, report_files

__all__ = ["Provenance", "report_files"]
