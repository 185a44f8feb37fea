"""Weighted k-means over a colour histogram: well seeded, deterministic, small enough to run at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

# Many starts advance together, first on a coarse copy of the histogram, then on the whole. A stage is
# (rounds, runs kept after them). Tuned on 100 pictures: more starts or rounds find no better optimum.
_STARTS = 16
_COARSE_SIZE, _COARSE_STEPS = np.float32(0.24), 36
_HEAVY_SHARE, _HEAVY_PARTS = 0.005, 3
_COARSE_STAGES = ((4, 8), (4, 5))
_FINE_STAGES = ((4, 3), (6, 1))
_SEARCH_VALUES = 1_000_000
_REFINE_ROUNDS = 100
# Below this many multiplications OpenBLAS computes a product in the calling thread.
_SINGLE_THREADED = 200_000
# Over-relaxation: moving past the mean halves the rounds that Lloyd's algorithm needs.
_OVERSTEP = np.float32(1.5)
# A step this small, relative to the spread of the colours, is invisible.
_SETTLED = 3e-4
# Two runs whose gains are closer than this have most likely found the same optimum.
_SAME_GAIN = 1e-4


@dataclass(frozen=True)
class Clusters:
    """A clustering of weighted points.

    Attributes:
        centers: Weighted mean of each cluster, float64 (k, 3).
        shares: Weight of each cluster, float64 (k,).
        labels: Cluster of each point, intp (n,).
    """

    centers: npt.NDArray[np.float64]
    shares: npt.NDArray[np.float64]
    labels: npt.NDArray[np.intp]


def clusters(points: npt.NDArray[np.float64], weights: npt.NDArray[np.float64], count: int) -> Clusters:
    """Groups weighted points around `count` centres with least squared distance.

    Seeding is k-means++ (Arthur and Vassilvitskii, SODA 2007) from several fixed starts at once, iteration
    is Lloyd's (IEEE Trans. Inf. Theory 28(2), 1982). The same input gives the same output.

    Args:
        points: float64 (n, 3).
        weights: float64 (n,), positive, summing to 1.
        count: Number of clusters, at least 1; with fewer points than that, each is its own cluster.

    Returns:
        The clusters, none of them empty.
    """
    if len(points) <= count:
        return Clusters(points, weights, np.arange(len(points)))
    middle = np.einsum("n,ni->i", weights, points)
    spread = float(np.sqrt(np.einsum("n,ni->", weights, (points - middle) ** 2)))
    scaled = ((points - middle) / max(spread, 1e-12)).astype(np.float32)
    light = weights.astype(np.float32)
    seeds, coarse = _seeded(*_coarse(scaled, light, count), count)
    candidates = _best_runs(coarse, seeds, _COARSE_STAGES)
    whole = _Histogram.of(scaled, light, len(candidates) * count)
    centers = _settled(whole, _best_runs(whole, candidates, _FINE_STAGES)[0])
    return collected(points, weights, _labels(whole, centers))


def collected(
    points: npt.NDArray[np.floating], weights: npt.NDArray[np.floating], labels: npt.NDArray[np.intp]
) -> Clusters:
    """Computes the mean and the weight of each label; labels without points are left out."""
    numbers, shares = _numbered(labels, weights)
    sums = np.stack([np.bincount(numbers, weights=weights * axis) for axis in points.T], axis=1)
    return Clusters(sums / shares[:, np.newaxis], shares, numbers)


@dataclass(frozen=True)
class _Histogram:
    """Points in blocks, in the two layouts that a round of Lloyd's algorithm multiplies with.

    Products of blocks fit into the cache. They are also too small for BLAS to spread over threads, which
    would take many times longer than the product itself.

    Attributes:
        count: Number of points; the last block is padded with points of weight 0.
        points: float32 (blocks, 4, size): the point and a 1, which carries the bias of `_closeness`.
        weighted: float32 (blocks, size, 4): the point times its weight, and the weight.
    """

    count: int
    points: Floats
    weighted: Floats

    @classmethod
    def of(cls, points: Floats, weights: Floats, clusters_at_once: int) -> _Histogram:
        most = max(16, _SINGLE_THREADED // (4 * clusters_at_once))
        blocks = -(-len(points) // most)
        size = -(-len(points) // blocks)
        rows = np.zeros((blocks * size, 4), np.float32)
        rows[: len(points), :3] = points
        rows[:, 3] = 1
        mass = np.zeros((blocks * size, 1), np.float32)
        mass[: len(points), 0] = weights
        shape = (blocks, size, 4)
        transposed = np.ascontiguousarray(rows.reshape(shape).transpose(0, 2, 1))
        return cls(len(points), transposed, (rows * mass).reshape(shape))


def _closeness(histogram: _Histogram, centers: Floats) -> Floats:
    """Computes x·c - |c|²/2, which grows as the squared distance falls.

    The shape is (blocks, …k, size) for centres (…k, 3). |x - c|² is |x|² - 2 (x·c - |c|²/2), and |x|² is the
    same for every centre, so the largest closeness belongs to the nearest centre.
    """
    bias = -0.5 * np.einsum("...i,...i->...", centers, centers)[..., np.newaxis]
    rows = np.concatenate([centers, bias], axis=-1).reshape(-1, 4)
    shape = (len(histogram.points), *centers.shape[:-1], histogram.points.shape[2])
    return np.asarray(np.matmul(rows, histogram.points).reshape(shape))


def _means(histogram: _Histogram, centers: Floats) -> tuple[Floats, Floats]:
    """Computes the mean of the points nearest to each centre, and the gain, which grows as inertia falls."""
    closeness = _closeness(histogram, centers)
    best = closeness.max(axis=-2)
    belongs = (closeness >= best[..., np.newaxis, :]).astype(np.float32)
    flat = belongs.reshape(len(belongs), -1, belongs.shape[-1])
    # One product gives for every centre the weighted sum of its points, and in column 3 their weight.
    sums = np.matmul(flat, histogram.weighted).sum(axis=0).reshape(*centers.shape[:-1], 4)
    mass = sums[..., 3:]
    means = np.where(mass > 0, sums[..., :3] / np.maximum(mass, np.float32(1e-12)), centers)
    return means, np.einsum("b...n,bn->...", best, histogram.weighted[..., 3])


def _labels(histogram: _Histogram, centers: Floats) -> npt.NDArray[np.intp]:
    return np.asarray(np.argmax(_closeness(histogram, centers), axis=-2)).ravel()[: histogram.count]


def _best_runs(histogram: _Histogram, runs: Floats, stages: tuple[tuple[int, int], ...]) -> Floats:
    """Advances runs (s, k, 3) and keeps the best of them, best first."""
    for rounds, kept in stages:
        for _ in range(rounds):
            means, gains = _means(histogram, runs)
            runs = runs + _OVERSTEP * (means - runs)
        runs = runs[_distinct_best(gains, kept)]
    return runs


def _distinct_best(gains: Floats, kept: int) -> list[int]:
    chosen: list[int] = []
    for run in np.argsort(-gains, kind="stable").tolist():
        if not chosen or gains[chosen[-1]] - gains[run] > _SAME_GAIN * abs(gains[run]):
            chosen.append(run)
        if len(chosen) == kept:
            break
    return chosen


def _settled(histogram: _Histogram, centers: Floats) -> Floats:
    for _ in range(_REFINE_ROUNDS):
        means, _ = _means(histogram, centers)
        step = float(np.abs(means - centers).max())
        centers = means
        if step < _SETTLED:
            break
    return centers


def _coarse(points: Floats, weights: Floats, count: int) -> tuple[Floats, Floats]:
    """Joins points of one grid cell, unless that would leave too few points to choose from.

    Points are scaled to a spread of 1, so the cell size suits every picture; outliers share the outermost
    cells. Cells that hold much of the picture are divided once more.
    """
    scaled = np.clip(points / _COARSE_SIZE + _COARSE_STEPS / 2, 0, _COARSE_STEPS - 0.01)
    cells = scaled.astype(np.intp)
    # A cell's three coordinates as one number, in base _COARSE_STEPS.
    labels, shares = _numbered(
        (cells[:, 0] * _COARSE_STEPS + cells[:, 1]) * _COARSE_STEPS + cells[:, 2], weights
    )
    # Heavy cells are divided by the position inside the cell, in base _HEAVY_PARTS; the others stay whole.
    parts = ((scaled - cells) * _HEAVY_PARTS).astype(np.intp)
    part = (parts[:, 0] * _HEAVY_PARTS + parts[:, 1]) * _HEAVY_PARTS + parts[:, 2]
    part[shares[labels] < _HEAVY_SHARE] = 0
    joined = collected(points, weights, labels * _HEAVY_PARTS**3 + part)
    if len(joined.shares) < 8 * count:
        return points, weights
    return joined.centers.astype(np.float32), joined.shares.astype(np.float32)


def _numbered(
    keys: npt.NDArray[np.intp], weights: npt.NDArray[np.floating]
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.float64]]:
    """Renumbers keys without gaps, and sums the weight of each number."""
    mass = np.bincount(keys, weights=weights).astype(np.float64, copy=False)
    used = np.flatnonzero(mass > 0)
    numbers = np.empty(mass.size, np.intp)
    numbers[used] = np.arange(used.size)
    return numbers[keys], mass[used]


def _seeded(points: Floats, weights: Floats, count: int) -> tuple[Floats, _Histogram]:
    """Runs k-means++ for several starts at once.

    Returns:
        Centres of shape (starts, count, 3), and the points prepared for Lloyd's algorithm.
    """
    starts = int(np.clip(_SEARCH_VALUES // (len(points) * count), 1, _STARTS))
    draws = np.random.default_rng(1).random((count, starts, 1), np.float32)
    squared = np.full((starts, len(points)), np.inf, np.float32)
    chances = np.broadcast_to(weights, squared.shape)
    axes = np.ascontiguousarray(points.T)
    centers = np.empty((starts, count, 3), np.float32)
    for number in range(count):
        # Draws a point with a chance proportional to weight times squared distance to the nearest centre.
        summed = np.cumsum(chances, axis=1)
        chosen = np.minimum((summed < draws[number] * summed[:, -1:]).sum(axis=1), len(points) - 1)
        centers[:, number] = points[chosen]
        distances = sum((axis - axis[chosen, np.newaxis]) ** 2 for axis in axes)
        np.minimum(squared, distances, out=squared)
        chances = squared * weights
    return centers, _Histogram.of(points, weights, starts * count)
