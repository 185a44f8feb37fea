"""A gateway's answers as plain frozen data classes, independent of gRPC."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lienzo_client.errors import LienzoError
from lienzo_client.models import Meaning, ModelVersion


@dataclass(frozen=True, slots=True)
class ImageInfo:
    """Facts of a picture's header, and the part of it that was looked at.

    Attributes:
        format: Format (`jpeg`, `png`, …); empty if unknown.
        width_px: Upright width in pixels.
        height_px: Upright height in pixels.
        region: What was looked at: x, y, width and height in pixels; None where it was all of it.
    """

    format: str
    width_px: int
    height_px: int
    region: tuple[int, int, int, int] | None = None


@dataclass(frozen=True, slots=True)
class Label:
    """One label with its calibrated probability, 0 to 1, and what it means where the model says so."""

    name: str
    probability: float
    meaning: Meaning | None = None

    @property
    def display_name(self) -> str:
        """The name to show to people: what the label means, else the label itself."""
        return (self.meaning.name if self.meaning else "") or self.name


@dataclass(frozen=True, slots=True)
class Group(Label):
    """What a picture surely is where no label is sure, such as `dog` of breeds.

    Its name is that of a group of the model's labels, or of a label that others are kinds of; its probability
    is that of its labels together.
    """


@dataclass(frozen=True, slots=True)
class Classification:
    """The answer to "what is this?".

    Attributes:
        label: The label, or None when the picture is not recognised.
        probability: Calibrated probability of the best label, 0 to 1.
        threshold: The model's rejection threshold when the picture is not recognised, else None.
        labels: Labels by descending probability, also when the picture is not recognised.
        model: The model that answered.
        image_info: Facts of the picture's header.
        timings_ms: Milliseconds by stage: `decode`, `features`, `classification`, `verification` (only where
            the picture was compared), `total`.
        verified: Whether the picture agrees with one that the model keeps of the label; it is then recognised
            even below the threshold.
        agreeing_points: How many points agree; None when nothing was compared.
        outline: Four corners of that picture in pixels of the upright one, clockwise from its top left; empty
            when no points agree.
        meaning: What the label means in the caller's language; None where the model does not say, or the
            picture is not recognised.
        group: What the picture surely is, where it is not recognised and the model is sure of a group of
            labels; else None.
    """

    label: str | None
    probability: float
    threshold: float | None
    labels: tuple[Label, ...]
    model: ModelVersion
    image_info: ImageInfo
    timings_ms: Mapping[str, float]
    verified: bool = False
    agreeing_points: int | None = None
    outline: tuple[tuple[float, float], ...] = ()
    meaning: Meaning | None = None
    group: Group | None = None

    @property
    def display_name(self) -> str | None:
        """The name of the label to show to people; None when the picture is not recognised."""
        return (self.meaning.name if self.meaning else "") or self.label

    @property
    def recognized(self) -> bool:
        """Whether the best label reached the model's rejection threshold, or was verified."""
        return self.label is not None


@dataclass(frozen=True, slots=True)
class StreamItem:
    """The answer to one picture of a stream: a classification, or this picture's error."""

    request_id: str
    classification: Classification | None = None
    error: LienzoError | None = None

    def unwrap(self) -> Classification:
        """Returns the classification, or raises the picture's error."""
        if self.classification is None:
            raise self.error or LienzoError("INTERNAL", "", "The server sent an answer without content.")
        return self.classification


@dataclass(frozen=True, slots=True)
class Work:
    """A work of a catalogue that was found in a picture.

    Attributes:
        id: Its id in the catalogue.
        title: Title, if known.
        artist: Artist, if known.
        confidence: Probability that it is in the picture, 0 to 1.
        quad: Four corners in pixels of the upright picture, clockwise from the work's top left; empty when
            the work was identified by its colours alone.
        record: The other columns of its record in the catalogue.
        points: How many points agree on one view of the work; 0 when it was identified by its colours alone.
    """

    id: str
    title: str
    artist: str
    confidence: float
    quad: tuple[tuple[float, float], ...]
    record: Mapping[str, str]
    points: int = 0


@dataclass(frozen=True, slots=True)
class Identification:
    """The works in a picture, by descending confidence; empty when no work of the catalogue is in it.

    `not_identified` then says why: TOO_FEW_FEATURES, NOTHING_AGREES, IMPLAUSIBLE or NO_WORKS. Where it is
    `partial`, a part of the catalogue did not answer, and its works were not looked for.
    """

    works: tuple[Work, ...]
    image_info: ImageInfo
    timings_ms: Mapping[str, float]
    not_identified: str = ""
    partial: bool = False


@dataclass(frozen=True, slots=True)
class Feeling:
    """The emotions that a colour tends to cause: pleasure, arousal and dominance, each about -1 to 1.

    `words` are those that design books print beside the hue; convention, not measurement.
    """

    pleasure: float
    arousal: float
    dominance: float
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PaletteColor:
    """One colour of a palette.

    Attributes:
        hex: sRGB as `#rrggbb`.
        share: Share of the visible pixels, 0 to 1; over a palette the shares sum to 1.
        rgb: Red, green and blue, 0 to 255 each.
        hsl: Hue in degrees, saturation and lightness 0 to 1.
        oklch: Lightness 0 to 1, chroma 0 to about 0.4, hue in degrees.
        lab: CIE L*a*b* with D50 white, as CSS `lab()`.
        css_name: Nearest CSS colour name.
        name: Nearest name from a finer list.
        text_hex: `#000000` or `#ffffff`, whichever is easier to read on it.
        text_contrast: WCAG 2.2 contrast ratio of that text, 1 to 21.
        temperature: `warm`, `cool`, `neutral`, or empty when the server did not say.
        feeling: The emotions that it tends to cause.
        is_background: Whether this is the picture's uniform background.
    """

    hex: str
    share: float
    rgb: tuple[int, int, int]
    hsl: tuple[float, float, float]
    oklch: tuple[float, float, float]
    lab: tuple[float, float, float]
    css_name: str
    name: str
    text_hex: str
    text_contrast: float
    temperature: str
    feeling: Feeling
    is_background: bool


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of a picture, by descending share.

    Attributes:
        colors: The colours.
        dominant: The colour with the largest share; None for an empty palette.
        dominant_without_background: The same apart from the background.
        has_background: Whether a uniform background was found.
        image_info: Facts of the picture's header.
        timings_ms: Milliseconds by stage: `decode`, `palette`, `total`.
    """

    colors: tuple[PaletteColor, ...]
    dominant: PaletteColor | None
    dominant_without_background: PaletteColor | None
    has_background: bool
    image_info: ImageInfo
    timings_ms: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class PictureShares:
    """One picture of a collection measured against the collection's palette.

    Attributes:
        name: Your id of the picture, or of the folder that it is in.
        uri: Its address when the server read it from one; else empty.
        shares: Share of each palette colour in this picture, in the palette's order; they sum to 1.
        distance: Optimal-transport distance between its colours and the palette, in CIEDE2000.
    """

    name: str
    uri: str
    shares: tuple[float, ...]
    distance: float


@dataclass(frozen=True, slots=True)
class PictureFailure:
    """A picture of a collection that was left out, and why; `name` and `uri` as for `PictureShares`."""

    name: str
    uri: str
    error: LienzoError


@dataclass(frozen=True, slots=True)
class CollectionPalette:
    """One palette over many pictures.

    Attributes:
        palette: The palette.
        pictures: Each picture's shares of it, in the order they were sent; those of a folder by name.
        failures: Pictures that could not be read, and folders that could not be listed.
    """

    palette: Palette
    pictures: tuple[PictureShares, ...]
    failures: tuple[PictureFailure, ...]


@dataclass(frozen=True, slots=True)
class Analysis:
    """Label, palette and works of one picture: each an answer or the error in its place.

    Attributes:
        classified: The label, or why there is none.
        extracted: The palette, or why there is none.
        identified: The works of a catalogue, or why they could not be looked for; None where the call did not
            ask for them.
    """

    classified: Classification | LienzoError
    extracted: Palette | LienzoError
    identified: Identification | LienzoError | None = None

    @property
    def classification(self) -> Classification:
        """The label; raises its error where there is none."""
        if isinstance(self.classified, LienzoError):
            raise self.classified
        return self.classified

    @property
    def palette(self) -> Palette:
        """The palette; raises its error where there is none."""
        if isinstance(self.extracted, LienzoError):
            raise self.extracted
        return self.extracted
