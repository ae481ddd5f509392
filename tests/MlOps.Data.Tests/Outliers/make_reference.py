#!/usr/bin/env python3
"""Writes reference.json: rows and scikit-learn's anomaly scores of them. Run with Debian's python3-sklearn (1.2.1 made the file in use)."""
import json
import random

import numpy as np
from sklearn.ensemble import IsolationForest

random.seed(20010101)
rows = [[round(random.gauss(0, 1), 6), round(random.gauss(5, 2), 6)] for _ in range(995)]
rows += [[6.0, 5.0], [0.0, 20.0], [-7.0, -9.0], [4.0, 12.0], [0.0, -6.0]]
# Many trees: what is left of their randomness is below the tolerance of the test.
forest = IsolationForest(n_estimators=2000, max_samples=256, random_state=1).fit(np.array(rows))
scores = -forest.score_samples(np.array(rows))
with open("reference.json", "w") as file:
    json.dump({"rows": rows, "scores": [round(s, 5) for s in scores.tolist()]}, file)
print(scores[-5:], scores[:995].max(), (scores >= 0.6).sum())
