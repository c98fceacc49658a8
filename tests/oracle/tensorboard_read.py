# SPDX-License-Identifier: Apache-2.0
"""Reads a folder of event files with TensorBoard itself and prints what it finds:

    python tensorboard_read.py FOLDER
"""

import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

found = EventAccumulator(sys.argv[1], size_guidance={"scalars": 0, "tensors": 0})
found.Reload()
tags = found.Tags()
for tag in tags["scalars"]:
    points = [f"{e.step}:{e.value:.6g}" for e in found.Scalars(tag)]
    print(f"{tag}: {len(points)} points  {' '.join(points[:8])}{' ...' if len(points) > 8 else ''}")
for tag in tags["tensors"]:
    for event in found.Tensors(tag):
        words = event.tensor_proto.string_val[0].decode()
        print(f"{tag}: step {event.step}, {len(words)} characters: {words[:60]!r}")
