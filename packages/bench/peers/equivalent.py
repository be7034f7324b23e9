"""Measures what a load generator in Python costs at least with the HTTP client that it is built on.

    python equivalent.py kind=aiohttp|httpx scheme=http port=4871 streams=100 warm=2000 window=4000 n=100 ...      (warm, window in ms)

It is a plain asyncio program with one task a stream. It takes pieces as they come, splits events, and parses each by json.loads and
stamps it. It has no tokenizer, no metrics and no queues between processes: a real peer does more. With scheme=https SSL_CERT_FILE must
have the server's authority. It prints the same JSON line as the other clients.
"""

import asyncio
import gc
import json
import resource
import sys
import time

DIGITS = 20
values = dict(arg.split("=", 1) for arg in sys.argv[1:])
kind = values.pop("kind")
scheme = values.pop("scheme", "http")
port = int(values.pop("port"))
streams = int(values.pop("streams"))
warm_s = int(values.pop("warm")) / 1000
window_s = int(values.pop("window")) / 1000
n = int(values["n"])
is_flood = values["flood"] == "1"
stamp = ("content", "field", "none")[int(values["stamp"])]
url = f"{scheme}://127.0.0.1:{port}/v1/chat/completions?" + "&".join(f"{name}={value}" for name, value in values.items())
body = {"model": "truth", "messages": [{"role": "user", "content": "How long does it take?"}], "stream": True, "max_tokens": n}

lags, ttft_errors, gap_errors = [], [], []
window = (float("inf"), float("inf"))
events = requests = wrong = 0
over = False


class Answer:
    """Takes one answer's events."""

    def __init__(self):
        self.sent = time.monotonic_ns()
        self.got = 0
        self.stamps = []
        self.last_lag = None
        self.usage = None
        self.done = False

    def take(self, data, at):
        global events
        if data == "[DONE]":
            self.done = True
            return
        chunk = json.loads(data)
        if chunk.get("usage"):
            self.usage = chunk["usage"]["completion_tokens"]
        if not chunk["choices"]:
            return
        content = chunk["choices"][0]["delta"].get("content")
        if not content:
            self.got = int(chunk.get("got", self.got))
            return
        events += 1
        self.stamps.append(at)
        if is_flood or stamp == "none":
            return
        written = int(chunk["written"] if stamp == "field" else content[-DIGITS:])
        if not window[0] <= written < window[1]:
            self.last_lag = None
            return
        lag = at - written
        lags.append(lag / 1e6)
        if len(self.stamps) == 1:
            ttft_errors.append(abs(lag + self.got - self.sent) / 1e6)
        elif self.last_lag is not None:
            gap_errors.append(abs(lag - self.last_lag) / 1e6)
        self.last_lag = lag

    def end(self):
        global requests, wrong
        requests += 1
        wrong += not (self.done and len(self.stamps) == n and self.usage == n)


async def ask_aiohttp(session):
    answer, buffer = Answer(), b""
    async with session.post(url, json=body) as response:
        async for piece in response.content.iter_any():
            at = time.monotonic_ns()
            buffer += piece
            *whole, buffer = buffer.split(b"\n\n")
            for event in whole:
                answer.take(event.removeprefix(b"data: ").decode(), at)
    answer.end()


async def ask_httpx(client):
    answer = Answer()
    async with client.stream("POST", url, json=body) as response:
        async for line in response.aiter_lines():
            if line:
                answer.take(line.removeprefix("data: "), time.monotonic_ns())
    answer.end()


def create_session():
    if kind == "aiohttp":
        import aiohttp

        return aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), timeout=aiohttp.ClientTimeout(total=None)), ask_aiohttp
    import httpx

    return httpx.AsyncClient(timeout=None, limits=httpx.Limits(max_connections=None, max_keepalive_connections=None)), ask_httpx


async def user(ask, session, delay_s):
    await asyncio.sleep(delay_s)
    while not over:
        await ask(session)


def spread_of(values):
    if not values:
        return None
    values.sort()

    def at(p):
        rank = p * (len(values) - 1)
        low = int(rank)
        high = min(low + 1, len(values) - 1)
        return values[low] + (rank - low) * (values[high] - values[low])

    return {"p50": at(0.5), "p99": at(0.99), "p999": at(0.999), "max": at(1)}


def largest_rss_mb():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM:"))


def cpu_us():
    use = resource.getrusage(resource.RUSAGE_SELF)
    return (use.ru_utime + use.ru_stime) * 1e6


async def main():
    global window, over
    session, ask = create_session()
    spread_s = 0 if is_flood else min((int(values["ttft"]) + n * int(values["gap"])) / 1e6, 0.8 * warm_s)
    async with session:
        users = [asyncio.create_task(user(ask, session, spread_s * index / streams)) for index in range(streams)]
        await asyncio.sleep(warm_s)
        from_ns = time.monotonic_ns()
        window = (from_ns, from_ns + window_s * 1e9)
        cpu, read = cpu_us(), events
        await asyncio.sleep(window_s)
        cpu, read, wall_s = cpu_us() - cpu, events - read, (time.monotonic_ns() - from_ns) / 1e9
        over = True
        for task in users:
            task.cancel()
        await asyncio.gather(*users, return_exceptions=True)
    figures = {
        "client": kind,
        "streams": streams,
        "events": read,
        "eventsPerS": read / wall_s,
        "cpuUsPerEvent": cpu / max(read, 1),
        "rssMb": largest_rss_mb(),
        "requests": requests,
        "wrong": wrong + sum(1 for task in users if task.done() and not task.cancelled() and task.exception() is not None),
        "lagMs": spread_of(lags),
        "ttftErrorMs": spread_of(ttft_errors),
        "gapErrorMs": spread_of(gap_errors),
    }
    print(json.dumps(figures))


# Peers do this too while they measure.
gc.collect()
gc.freeze()
asyncio.run(main())
