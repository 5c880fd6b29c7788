# SPDX-License-Identifier: Apache-2.0
"""Two bundles on the same recordings: who errs less, and whether that is more than chance.

usage: python -m training.compare A B TABLE [--columns file,nko,language] [--mode off]
Both hear every recording. The difference of the error rates gets a 95 % interval by a bootstrap of pairs; of the
recordings that exactly one of the two writes right, McNemar's exact test tells how likely so uneven a split is by chance.
"""

import argparse
import math
from pathlib import Path

import numpy as np

from . import measure


def paired_interval(a: list[tuple[int, int]], b: list[tuple[int, int]], rounds: int = 5000, seed: int = 0):
    """(difference B - A of the error rates, low, high)."""
    ea, na, eb, nb = (np.array(v, float) for v in (*zip(*a), *zip(*b)))
    picks = np.random.default_rng(seed).integers(0, len(ea), (rounds, len(ea)))
    samples = eb[picks].sum(1) / nb[picks].sum(1) - ea[picks].sum(1) / na[picks].sum(1)
    low, high = np.percentile(samples, [2.5, 97.5])
    return float(eb.sum() / nb.sum() - ea.sum() / na.sum()), float(low), float(high)


def mcnemar(only_a: int, only_b: int) -> float:
    """Two-sided exact p of the split of those that only one gets right, were both equally good."""
    n, least = only_a + only_b, min(only_a, only_b)
    if n == 0:
        return 1.0
    return min(1.0, 2 * sum(math.comb(n, k) for k in range(least + 1)) / 2**n)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("a", type=Path)
    parser.add_argument("b", type=Path)
    parser.add_argument("table", type=Path)
    parser.add_argument("--columns", default="file,nko,language")
    parser.add_argument("--mode", default="off", help="off: the head's own text; balanced and the others: corrected")
    args = parser.parse_args()
    rows = measure.read(args.table, tuple(args.columns.split(",")))
    options = ["--correct", "off"] if args.mode == "off" else []
    heard = [measure.hear(bundle, args.table, rows, options) for bundle in (args.a, args.b)]
    for condition in sorted({h.condition for h in heard[0]}):
        pairs = [[h.errors(args.mode) for h in side if h.condition == condition] for side in heard]
        difference, low, high = paired_interval(*pairs)
        only_a = sum(x[0] == 0 and y[0] > 0 for x, y in zip(*pairs))
        only_b = sum(y[0] == 0 and x[0] > 0 for x, y in zip(*pairs))
        rates = [sum(e for e, _ in side) / sum(n for _, n in side) for side in pairs]
        print(f"{condition}, {len(pairs[0])} recordings: CER {100 * rates[0]:.1f} % and {100 * rates[1]:.1f} %, difference "
              f"{100 * difference:+.1f} points ({100 * low:+.1f} to {100 * high:+.1f}); only the first right {only_a}, only the "
              f"second {only_b}, p {mcnemar(only_a, only_b):.3g}")


if __name__ == "__main__":
    main()
