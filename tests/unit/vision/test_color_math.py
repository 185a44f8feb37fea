"""Colour mathematics for arrays, held against coloraide and the published test data."""

from __future__ import annotations

import numpy as np
import pytest
from coloraide import Color

from vision.colors.background import background_color, is_background
from vision.colors.clustering import clusters
from vision.colors.description import described
from vision.colors.difference import ciede2000, differences
from vision.colors.feeling import feeling, hue_family, temperature
from vision.colors.histogram import coarsened, color_histogram, joined
from vision.colors.merging import perceptual_groups
from vision.colors.naming import css_names, fine_names
from vision.colors.spaces import ColorSpace, from_srgb, nearest_bytes, to_srgb

SOME_COLORS = np.random.default_rng(5).integers(0, 256, (300, 3))
CORNERS = np.array([[0, 0, 0], [255, 255, 255], [128, 128, 128], [255, 0, 0], [0, 0, 255], [1, 0, 0]])


@pytest.mark.parametrize(("space", "name"), [("oklab", "oklab"), ("lab", "lab-d65"), ("rgb", "srgb")])
def test_conversions_agree_with_coloraide(space: ColorSpace, name: str) -> None:
    rgb = np.concatenate([SOME_COLORS, CORNERS])
    expected = [Color("srgb", (c / 255).tolist()).convert(name).coords(nans=False) for c in rgb]
    np.testing.assert_allclose(from_srgb(rgb, space), expected, atol=2e-2 if space == "lab" else 2e-4)


@pytest.mark.parametrize("space", ["oklab", "lab", "rgb"])
def test_conversions_lead_back(space: ColorSpace) -> None:
    np.testing.assert_allclose(to_srgb(from_srgb(SOME_COLORS, space), space), SOME_COLORS, atol=1e-3)


def test_colours_outside_srgb_are_cut_off() -> None:
    assert to_srgb(np.array([[0.9, 0.4, 0.1]]), "oklab").max() == 255
    assert to_srgb(np.array([[-0.1, 0.0, 0.0]]), "oklab").min() == 0


def test_a_mean_outside_srgb_becomes_the_nearest_colour_inside() -> None:
    # Half pure blue, half pure green: their OKLab mean needs less red than there is.
    mean = from_srgb([[0, 0, 255], [0, 255, 0]], "oklab").mean(axis=0, keepdims=True)
    near, cut = nearest_bytes(mean, "oklab"), np.rint(to_srgb(mean, "oklab"))
    near_distance, cut_distance = (np.linalg.norm(from_srgb(each, "oklab") - mean) for each in (near, cut))
    assert near_distance < cut_distance
    grid = np.stack(np.meshgrid(*[np.arange(0, 256, 5)] * 3), axis=-1).reshape(-1, 3)
    assert near_distance <= np.linalg.norm(from_srgb(grid, "oklab") - mean, axis=1).min()
    inside = from_srgb(SOME_COLORS, "oklab")
    np.testing.assert_array_equal(nearest_bytes(inside, "oklab"), SOME_COLORS)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [  # Sharma, Wu and Dalal 2005, table 1, the pairs that trip implementations up
        ((50.0, 2.6772, -79.7751), (50.0, 0.0, -82.7485), 2.0425),
        ((50.0, -1.0, 2.0), (50.0, 0.0, 0.0), 2.3669),
        ((50.0, 2.49, -0.001), (50.0, -2.49, 0.0009), 7.1792),
        ((50.0, 2.49, -0.001), (50.0, -2.49, 0.0011), 7.2195),
        ((50.0, -0.001, 2.49), (50.0, 0.0011, -2.49), 4.7461),
        ((50.0, 2.5, 0.0), (73.0, 25.0, -18.0), 27.1492),
        ((50.0, 2.5, 0.0), (58.0, 24.0, 15.0), 19.4535),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
        ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
    ],
)
def test_ciede2000_gives_the_published_values(
    first: tuple[float, ...], second: tuple[float, ...], expected: float
) -> None:
    for pair in ((first, second), (second, first)):
        assert float(ciede2000(*map(np.array, pair))) == pytest.approx(expected, abs=1e-4)


def test_ciede2000_agrees_with_coloraide() -> None:
    rgb = np.concatenate([SOME_COLORS[:40], CORNERS])
    colors = [Color("srgb", (c / 255).tolist()) for c in rgb]
    lab = np.array([color.convert("lab-d65").coords(nans=False) for color in colors])
    expected = [[one.delta_e(other, method="2000", space="lab-d65") for other in colors] for one in colors]
    np.testing.assert_allclose(ciede2000(lab[:, np.newaxis], lab), expected, atol=1e-3)


def test_names_are_the_nearest_ones() -> None:
    assert css_names().nearest([[139, 69, 19], [255, 254, 254]]) == ["saddlebrown", "white"]
    assert fine_names().nearest([[4, 2, 115]]) == ["deep blue"]
    for names in (css_names(), fine_names()):
        lab = from_srgb(SOME_COLORS, "lab")
        exact = np.argmin(ciede2000(lab[:, np.newaxis], names.lab), axis=1)
        assert names.nearest(SOME_COLORS) == [names.names[index] for index in exact]


def test_describes_a_colour_as_coloraide_does() -> None:
    (color,) = described(np.array([[139, 69, 19]], np.uint8), [1.0], [False])
    reference = Color("#8b4513")
    assert color.hex == "#8b4513"
    assert color.hsl == pytest.approx(reference.convert("hsl").coords())
    assert color.oklch == pytest.approx(reference.convert("oklch").coords())
    assert color.lab == pytest.approx(reference.convert("lab").coords())
    assert color.text.hex == "#ffffff"
    assert color.text.contrast_ratio == pytest.approx(7.1, abs=0.05)
    assert color.temperature == "warm"


def test_greys_have_no_hue() -> None:
    for color in described(np.array([[0] * 3, [128] * 3, [255] * 3], np.uint8), [0.4, 0.3, 0.3], [False] * 3):
        assert color.hsl[0] == color.oklch[2] == 0
        assert color.temperature == "neutral"


def test_text_colours_pass_where_they_can() -> None:
    for color in described(SOME_COLORS.astype(np.uint8), [0.0] * 300, [False] * 300):
        assert color.text.contrast_ratio >= 4.5


@pytest.mark.parametrize(
    ("rgb", "family", "felt"),
    [
        ((220, 20, 30), "red", "warm"),
        ((255, 140, 0), "orange", "warm"),
        ((250, 220, 40), "yellow", "warm"),
        ((40, 160, 60), "green", "cool"),
        ((0, 190, 200), "cyan", "cool"),
        ((30, 60, 200), "blue", "cool"),
        ((120, 50, 180), "violet", "cool"),
        ((255, 0, 255), "magenta", "cool"),
        ((250, 170, 185), "pink", "warm"),
        ((110, 70, 35), "brown", "warm"),
        ((130, 130, 130), "grey", "neutral"),
        ((250, 250, 250), "white", "neutral"),
        ((10, 10, 10), "black", "neutral"),
    ],
)
def test_feels_plain_colours_as_people_call_them(rgb: tuple[int, ...], family: str, felt: str) -> None:
    (color,) = described(np.array([rgb], np.uint8), [1.0], [False])
    assert hue_family(*color.oklch) == family
    assert temperature(*color.oklch[1:]) == color.temperature == felt
    assert len(color.feeling.words) >= 3


def test_feeling_follows_the_signs_of_valdez_and_mehrabian() -> None:
    light, dark = feeling(0.9, 0.1, 250), feeling(0.2, 0.1, 250)
    assert light.pleasure > dark.pleasure
    assert light.arousal < dark.arousal
    assert light.dominance < dark.dominance
    vivid, dull = feeling(0.6, 0.25, 30), feeling(0.6, 0.02, 30)
    assert vivid.pleasure > dull.pleasure
    assert vivid.arousal > dull.arousal
    assert vivid.dominance > dull.dominance


def test_histograms_keep_the_mean_colour_and_all_pixels() -> None:
    pixels = np.random.default_rng(2).integers(0, 256, (120, 90, 3), np.uint8)
    histogram = color_histogram(pixels)
    assert histogram.weights.sum() == pytest.approx(1)
    np.testing.assert_allclose(histogram.weights @ histogram.colors, pixels.reshape(-1, 3).mean(0), atol=1e-6)
    both = joined(histogram, 1, color_histogram(np.full((10, 10, 3), 7, np.uint8)), 1)
    assert both.weights.sum() == pytest.approx(1)
    np.testing.assert_allclose(both.weights @ both.colors, (pixels.reshape(-1, 3).mean(0) + 7) / 2, atol=1e-6)


def test_coarse_histograms_are_small_and_keep_the_mean() -> None:
    histogram = color_histogram(np.random.default_rng(2).integers(0, 256, (120, 90, 3), np.uint8))
    coarse = coarsened(histogram)
    assert coarse.weights.size < histogram.weights.size
    np.testing.assert_allclose(
        coarse.weights @ coarse.colors, histogram.weights @ histogram.colors, atol=1e-6
    )


def test_clusters_reach_the_optimum_of_many_runs() -> None:
    from sklearn.cluster import KMeans

    random = np.random.default_rng(4)
    points = np.concatenate([random.normal(center, 0.12, (200, 3)) for center in random.random((9, 3))])
    weights = random.random(len(points))
    weights /= weights.sum()
    for count in (1, 5, 9):
        found = clusters(points, weights, count)
        inertia = weights @ ((points - found.centers[found.labels]) ** 2).sum(axis=1)
        best = KMeans(count, n_init=6, random_state=0).fit(points, sample_weight=weights).inertia_
        assert inertia <= 1.01 * best
        assert found.shares.sum() == pytest.approx(1)
        np.testing.assert_allclose(found.shares @ found.centers, weights @ points)


def test_clusters_of_few_points_are_the_points() -> None:
    points, weights = np.eye(3), np.array([0.5, 0.3, 0.2])
    found = clusters(points, weights, 5)
    np.testing.assert_array_equal(found.centers, points)
    assert found.labels.tolist() == [0, 1, 2]


def test_groups_join_what_looks_alike() -> None:
    rgb = np.array([[200, 30, 40], [205, 35, 45], [30, 50, 190], [255, 255, 255]], float)
    groups = perceptual_groups(rgb, np.array([0.4, 0.3, 0.299, 0.001]))
    assert groups[0] == groups[1] != groups[2]
    assert len(set(groups.tolist())) == 2


def test_background_needs_a_frame_of_one_colour() -> None:
    pixels = np.full((100, 120, 3), 240, np.uint8)
    pixels[30:70, 30:70] = (200, 30, 40)
    background = background_color(pixels)
    assert background is not None
    assert is_background([[240, 240, 240], [200, 30, 40]], background).tolist() == [True, False]
    assert background_color(np.random.default_rng(0).integers(0, 256, (50, 50, 3), np.uint8)) is None
    alpha = np.zeros((100, 120), np.uint8)
    assert background_color(pixels, alpha) is None
    assert differences([[240, 240, 240]], [[240, 240, 240]]).item() == 0
