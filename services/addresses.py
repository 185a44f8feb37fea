"""Settings, reader and errors of the services that read pictures at addresses."""

from __future__ import annotations

from typing import Final

from pydantic import Field, field_validator

from runtime.calls.errors import ErrorTable
from runtime.configuration.settings import ServerSettings
from runtime.reasons import addresses as reasons
from runtime.reasons.pictures import PICTURE_TOO_LARGE
from sources import errors
from sources.allowlist import AllowList
from sources.reader import AT_ONCE, LARGEST_BYTES, SECONDS, Reader
from sources.schemes import load_library

ADDRESS_ERRORS: Final[ErrorTable] = {
    errors.InvalidAddress: reasons.URI_NOT_ALLOWED,
    errors.NotAllowed: reasons.URI_NOT_ALLOWED,
    errors.AddressIsFolder: reasons.URI_IS_A_FOLDER,
    errors.PictureNotFound: reasons.PICTURE_NOT_FOUND,
    errors.SourceDenied: reasons.SOURCE_DENIED,
    errors.SourceUnavailable: reasons.SOURCE_UNAVAILABLE,
    errors.SourceBroken: reasons.SOURCE_BROKE_OFF,
    errors.SourceTooSlow: reasons.SOURCE_TOO_SLOW,
    errors.TooManyBytes: PICTURE_TOO_LARGE,
    errors.NotInstalled: reasons.SOURCE_NOT_INSTALLED,
}


class AddressSettings(ServerSettings):
    """Settings of a process that reads pictures at addresses."""

    max_picture_bytes: int = Field(LARGEST_BYTES, ge=1, description="largest picture file")
    allowed_uris: str = Field(
        "", description="prefixes of addresses that callers may name, commas between them; empty: none"
    )
    read_seconds: float = Field(SECONDS, gt=0, le=3600, description="time for one picture from an address")
    max_reads: int = Field(AT_ONCE, ge=1, le=1024, description="pictures read from addresses at a time")

    @field_validator("allowed_uris")
    @classmethod
    def _can_be_read(cls, text: str) -> str:
        try:
            for scheme in sorted(AllowList.parse(text).schemes):
                load_library(scheme)  # at the start, so that the first picture does not wait for it
        except errors.SourceError as error:
            raise ValueError(str(error)) from error
        return text

    def reader(self) -> Reader:
        """Makes a reader for the addresses that callers may name."""
        return Reader(
            AllowList.parse(self.allowed_uris),
            max_bytes=self.max_picture_bytes,
            timeout_s=self.read_seconds,
            at_once=self.max_reads,
        )
