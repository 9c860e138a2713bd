"""Two questions about a sequence of stable and canary answers: is the share right, and is the order random?"""

import itertools
import math
from collections.abc import Sequence


def binomial_p_value(successes: int, trials: int, probability: float) -> float:
    """Two-sided exact p-value: how likely a count at least as improbable as this one is."""
    logs = [
        math.lgamma(trials + 1)
        - math.lgamma(k + 1)
        - math.lgamma(trials - k + 1)
        + k * math.log(probability)
        + (trials - k) * math.log1p(-probability)
        for k in range(trials + 1)
    ]
    limit = logs[successes] + 1e-9
    return min(1.0, sum(math.exp(value) for value in logs if value <= limit))


def runs_z(sequence: Sequence[bool]) -> float:
    """Wald and Wolfowitz: near 0 for random order, large for round-robin, very negative for blocks."""
    ones = sum(sequence)
    zeros = len(sequence) - ones
    runs = 1 + sum(1 for left, right in itertools.pairwise(sequence) if left != right)
    mean = 2 * ones * zeros / (ones + zeros) + 1
    variance = (mean - 1) * (mean - 2) / (ones + zeros - 1)
    return (runs - mean) / math.sqrt(variance)
