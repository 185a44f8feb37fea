"""The report: what a model can do, on one page that people read."""

from training.report.page import Provenance, report_files

__all__ = ["Provenance", "report_files"]
