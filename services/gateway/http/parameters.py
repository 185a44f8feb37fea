"""Parameters of the paths and queries of the HTTP API, with their limits and their OpenAPI descriptions."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Path, Query

from services.gateway.fields import REQUEST_ID_CHARACTERS

LARGEST: Final = 2**32 - 1
"""Largest number of a field of the contract (uint32)."""
NAME_CHARACTERS: Final = 64
"""Of the longest name of a model or a catalogue."""
MOST_COLORS: Final = 256

Model = Annotated[str, Query(max_length=NAME_CHARACTERS, description="model; empty: the server's default")]
Name = Annotated[str, Path(max_length=NAME_CHARACTERS, description="name of the model")]
Version = Annotated[int, Query(ge=0, le=LARGEST, description="version; 0: the newest")]
TopK = Annotated[int, Query(ge=0, le=LARGEST, description="how many labels; 0: five")]
Colors = Annotated[
    int,
    Query(
        ge=0,
        le=LARGEST,
        description=f"how many colours, at most {MOST_COLORS}; 0: the server chooses",
        json_schema_extra={"maximum": MOST_COLORS},  # enforced by the palette service, with its own message
    ),
]
RequestId = Annotated[
    str, Query(max_length=REQUEST_ID_CHARACTERS, description="your own id: repeated, the same answer")
]
Catalogue = Annotated[
    str, Query(max_length=NAME_CHARACTERS, description="catalogue; empty: the only one there is")
]
PageSize = Annotated[int, Query(ge=0, le=LARGEST, description="at most so many; 0: as many as fit")]
PageToken = Annotated[str, Query(max_length=1024, description="`nextPageToken` of the page before")]
AllVersions = Annotated[bool, Query(description="whether to list every version, not only the newest")]
MaxWorks = Annotated[int, Query(ge=0, le=LARGEST, description="at most so many works; 0: three")]
Works = Annotated[bool, Query(description="whether to look for works, too; naming a catalogue asks for it")]
UploadId = Annotated[str, Path(max_length=64, description="id of the upload")]
