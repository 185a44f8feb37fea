from __future__ import annotations

from pathlib import Path

import pytest

from catalogue.errors import (
    CatalogueNotWritten,
    DamagedCatalogue,
    IncompatibleCatalogue,
    UnusableCatalogue,
)


@pytest.mark.parametrize("kind", [CatalogueNotWritten, DamagedCatalogue, IncompatibleCatalogue])
def test_callers_are_not_told_where_the_catalogues_are(kind: type[UnusableCatalogue]) -> None:
    error = kind(Path("/srv/secret/art"), "the disk is full")
    assert str(error).startswith("/srv/secret/art: ")  # for whoever runs a command here
    assert not [each for each in (error.for_callers, *error.details.values()) if "secret" in each]
    assert error.for_callers.startswith('The catalogue "art": ')
    assert "the disk is full" in error.for_callers
