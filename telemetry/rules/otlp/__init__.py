"""OTLP into our own rows: spans become decision events, points of metrics become readings.

Pure. What came in is decoded already (telemetry.connectors.otlp).
"""
