"""A process that writes records as fast as they are taken: ``python -m tests.cameras.input.endless_records``."""

import contextlib
import sys

from curtilage.cameras.input.source_process import RecordKind, encode_record
from tests.origin.made_h264 import IDR, MadeSps, pps_nal, slice_nal

if __name__ == "__main__":
    out = sys.stdout.buffer
    with contextlib.suppress(ConnectionError):
        out.write(encode_record(RecordKind.PARAMETERS, 0, (MadeSps().nal(), pps_nal())))
        while True:
            out.write(encode_record(RecordKind.KEYFRAME, 0, [slice_nal(IDR)]))
