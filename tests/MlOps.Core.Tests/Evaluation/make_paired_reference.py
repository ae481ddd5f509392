"""Two models on the same 400 rows, and what theory says of their difference: of the AUC after DeLong, DeLong and Clarke-Pearson (1988),
by its structural components, pair by pair; of the Brier score by the standard error of a mean of paired differences."""
import json
import math
import random

rng = random.Random(7)
labels = [1 if rng.random() < 0.35 else 0 for _ in range(400)]


def score(label, strength):
    # Multiples of 1/64: exact in floats, with ties.
    return min(63, max(1, round(64 / (1 + math.exp(-(strength * (label - 0.4) + base + rng.gauss(0, 0.6))))))) / 64


first, second = [], []
for label in labels:
    base = rng.gauss(0, 0.8)  # what makes a row hard for both
    first.append(score(label, 1.5))
    second.append(score(label, 1.28))


def components(scores):
    positives = [s for s, l in zip(scores, labels) if l]
    negatives = [s for s, l in zip(scores, labels) if not l]
    psi = lambda x, y: 1.0 if x > y else 0.5 if x == y else 0.0
    v10 = [sum(psi(x, y) for y in negatives) / len(negatives) for x in positives]
    v01 = [sum(psi(x, y) for x in positives) / len(positives) for y in negatives]
    return sum(v10) / len(v10), v10, v01


def variance(values):
    mean = sum(values) / len(values)
    return sum((v - mean) ** 2 for v in values) / (len(values) - 1)


auc1, a10, a01 = components(first)
auc2, b10, b01 = components(second)
auc_error = math.sqrt(variance([a - b for a, b in zip(a10, b10)]) / len(a10) + variance([a - b for a, b in zip(a01, b01)]) / len(a01))
brier = [(f - l) ** 2 - (s - l) ** 2 for f, s, l in zip(first, second, labels)]
brier_mean, brier_error = sum(brier) / len(brier), math.sqrt(variance(brier) / len(brier))
upper = lambda z: 0.5 * math.erfc(z / math.sqrt(2))
print(json.dumps({
    "labels": labels, "first": first, "second": second,
    "auc": {"difference": auc1 - auc2, "error": auc_error, "p": upper((auc1 - auc2) / auc_error)},
    "brier": {"difference": brier_mean, "error": brier_error, "p": upper(-brier_mean / brier_error)},
}))
