# SPDX-License-Identifier: Apache-2.0
"""A small file of events as TensorBoard's own RecordWriter and protobuf classes write it, byte for
byte in tensorboard_events.golden, and checksums by TensorBoard's own masked_crc32c.

    [file]      bytes: the file in hexadecimal, one word for each record
                events, in order: version, two scalars at step 7, a zero at step 0, a text at step 2,
                a restart at step 300
    [crc NAME]  text: hexadecimal bytes (- for none), masked: masked_crc32c
"""

import io

from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import Summary, SummaryMetadata
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard.compat.proto.tensor_shape_pb2 import TensorShapeProto
from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import masked_crc32c
from tensorboard.summary.writer.record_writer import RecordWriter

import golden


def scalar(tag, value):
    return Summary.Value(tag=tag, simple_value=value)


def text(tag, words):
    return Summary.Value(
        tag=tag + "/text_summary",
        metadata=SummaryMetadata(plugin_data=SummaryMetadata.PluginData(plugin_name="text")),
        tensor=TensorProto(dtype="DT_STRING", string_val=[words.encode()],
                           tensor_shape=TensorShapeProto(dim=[TensorShapeProto.Dim(size=1)])))


events = [
    Event(wall_time=1000.5, file_version="brain.Event:2"),
    Event(wall_time=1001.5, step=7, summary=Summary(value=[scalar("train/loss", 0.1),
                                                           scalar("train/grad_norm", 1e30)])),
    Event(wall_time=1002.5, summary=Summary(value=[scalar("eval/loss", 0.0)])),
    Event(wall_time=1003.5, step=2, summary=Summary(value=[text("config", "| a | b |\n" * 20)])),
    Event(wall_time=1004.5, step=300, session_log=SessionLog(status=SessionLog.START)),
]
records = []
for event in events:
    buffer = io.BytesIO()
    RecordWriter(buffer).write(event.SerializeToString(deterministic=True))
    records.append(buffer.getvalue().hex())

out = golden.Writer("tensorboard_events.golden", __doc__)
out.record("file", bytes=records)
for name, data in {"empty": b"", "digits": b"123456789", "zeros": bytes(32),
                   "all": bytes(range(256))}.items():
    out.record("crc", name, text=data.hex() or "-", masked=masked_crc32c(data))
out.save()
