#!/usr/bin/env python3
"""Writes references.json: samples and what scipy says of them. Run with Debian's python3-scipy (1.10.1 made the file in use)."""
import json
import random

import numpy as np
import scipy
from scipy import stats
from scipy.spatial.distance import jensenshannon

random.seed(20010101)


def normal(n, mean, sigma, digits=6):
    return [round(random.gauss(mean, sigma), digits) for _ in range(n)]


numbers = []
for name, a, b in [
    ("same", normal(200, 0, 1), normal(150, 0, 1)),
    ("shifted", normal(200, 0, 1), normal(150, 0.5, 1)),
    ("wider, unequal sizes", normal(500, 3, 1), normal(60, 3, 2)),
    ("with ties", [random.randint(0, 8) for _ in range(300)], [random.randint(1, 9) for _ in range(200)]),
    ("tiny", [1.0, 2.0, 3.0], [2.5, 3.5, 4.5, 5.5]),
    ("apart", normal(50, 0, 1), normal(50, 100, 1)),
    ("large", normal(3000, 0, 1), normal(2500, 0.06, 1)),
]:
    exact = len(a) * len(b) <= 1_000_000
    ks = stats.ks_2samp(a, b, method="exact" if exact else "asymp")
    en = len(a) * len(b) / (len(a) + len(b))
    numbers.append({
        "name": name, "reference": a, "current": b,
        "ks": ks.statistic,
        # Above the border of exactness: Kolmogorov's limit distribution.
        "ksP": ks.pvalue if exact else stats.kstwobign.sf(ks.statistic * np.sqrt(en)),
        "wasserstein": stats.wasserstein_distance(a, b),
        "deviation": float(np.std(a)),
    })

categories = []
for name, a, b in [
    ("same", [100, 50, 25], [90, 55, 30]),
    ("shifted", [100, 50, 25], [20, 50, 100]),
    ("two values", [400, 100], [350, 150]),
    ("a new value", [100, 50, 0], [80, 40, 30]),
    ("many", [random.randint(1, 200) for _ in range(40)], [random.randint(1, 200) for _ in range(40)]),
]:
    chi2, p, freedom, _ = stats.chi2_contingency([a, b], correction=False)
    entry = {
        "name": name, "reference": a, "current": b, "chi2": chi2, "chi2P": p,
        "cramersV": stats.contingency.association([a, b], method="cramer"),
        "jensenShannon": jensenshannon(a, b, base=2),
    }
    if len(a) == 2:
        pooled = (a[0] + b[0]) / (sum(a) + sum(b))
        z = (b[0] / sum(b) - a[0] / sum(a)) / np.sqrt(pooled * (1 - pooled) * (1 / sum(a) + 1 / sum(b)))
        entry["z"], entry["zP"] = z, 2 * stats.norm.sf(abs(z))
    categories.append(entry)

limit = [{"x": x, "p": stats.kstwobign.sf(x)} for x in [0.2, 0.5, 0.8, 0.999, 1.0, 1.2, 1.36, 2.0, 3.0]]
correlations = []
for name, a in [("normal", normal(100, 0, 1)), ("ties", [random.randint(0, 9) for _ in range(100)])]:
    b = [round(x * 0.5 + random.gauss(0, 1), 6) for x in a]
    correlations.append({"name": name, "a": a, "b": b, "pearson": stats.pearsonr(a, b)[0], "spearman": stats.spearmanr(a, b)[0],
                         "skewness": stats.skew(b, bias=False), "kurtosis": stats.kurtosis(b, bias=False)})

with open("references.json", "w") as file:
    json.dump({"scipy": scipy.__version__, "numbers": numbers, "categories": categories, "kolmogorov": limit, "correlations": correlations},
              file, indent=None, separators=(",", ":"), default=float)
