"""What Schemathesis does not know of the service: telemetry is gzipped, and begins with an object."""

import gzip

import schemathesis


@schemathesis.serializer("application/gzip")
def gzipped(_context, value):
    return gzip.compress(b"{}\n" + (value if isinstance(value, bytes) else str(value).encode()))
