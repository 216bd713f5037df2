"""The probability that chance alone gives a count at least as high. Pure."""

from math import exp, lgamma, log, log1p


def at_least(count: int, expected: float, dispersion: float = 0.0) -> float:
    """P(N ≥ count) for a Poisson count, or a negative binomial one of variance
    expected + dispersion × expected²."""
    if count <= 0:
        return 1.0
    if expected <= 0:
        return 0.0
    if count <= expected:
        return 1.0 - _up_to(count - 1, expected, dispersion)
    term = exp(_log_mass(count, expected, dispersion))
    total, k = 0.0, count
    while term > total * 1e-12 and term > 0:
        total += term
        term *= _step(k, expected, dispersion)
        k += 1
    return min(total, 1.0)


def _up_to(count: int, expected: float, dispersion: float) -> float:
    """P(N ≤ count), for a count below the expected one: downwards, so that terms fall."""
    term = exp(_log_mass(count, expected, dispersion))
    total, k = 0.0, count
    while term > total * 1e-12 and k >= 0:
        total += term
        k -= 1
        term = term / _step(k, expected, dispersion) if k >= 0 else 0.0
    return min(total, 1.0)


def _step(k: int, expected: float, dispersion: float) -> float:
    """P(k + 1) ÷ P(k)."""
    return expected * (1 + dispersion * k) / ((1 + dispersion * expected) * (k + 1))


def _log_mass(k: int, expected: float, dispersion: float) -> float:
    if dispersion * expected < 1e-9:
        return k * log(expected) - expected - lgamma(k + 1)
    shape, spread = 1 / dispersion, dispersion * expected
    return lgamma(k + shape) - lgamma(shape) - lgamma(k + 1) - (shape + k) * log1p(spread) + k * log(spread)
