"""Streams of the examples in the documentation of river (drift.ADWIN and drift.binary.DDM), whose results are documented there:
ADWIN finds the change at index 1023; DDM warns at 1084, finds a change at 1334 and warns again at 1492."""
import json
import random

rng = random.Random(12345)
adwin = rng.choices([0, 1], k=1000) + rng.choices(range(4, 8), k=1000)
rng = random.Random(42)
ddm = rng.choices([0, 1], k=1000)
ddm += rng.choices([0, 1], k=1000, weights=[0.3, 0.7])
print(json.dumps({"adwin": "".join(map(str, adwin)), "ddm": "".join(map(str, ddm))}))
