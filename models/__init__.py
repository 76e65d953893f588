"""What recognises, answers, speaks and listens."""

import os

# onnxruntime from 1.29 on tells its makers of every process that uses it, Linux included, and keeps a database for it
# in the user's cache. It looks at this once, when it is loaded. Whoever wants it can still set it to 0.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
