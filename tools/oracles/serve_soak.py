#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`seben serve` for a long while: requests of every kind beside many open sockets. None may be lost, every answer is
that of the same request alone, each socket's answers come in its order, and memory stays where it was.

usage: build/venv-serve/bin/python tools/oracles/serve_soak.py SEBEN BUNDLE FOLDER RECORDING...
         [--requests 10000] [--sockets 200] [--minutes 20] [--workers 6] [--pause 40] [--threads 0] [--seed 1]

The clock and the other requests begin once each socket was spoken to: what a session holds is no leak. It ends after so
many requests, utterances of the sockets counted, or minutes. FOLDER gets soak.csv and soak.svg. The
recordings are WAV files of one channel and 16 bits. scripts/setup-serve makes the Python. Ends with 1 where an answer
differs or is lost, or the memory at the end is more than 5 % above that after a fifth of the time.
"""
import argparse
import asyncio
import base64
import collections
import csv
import http.client
import json
import os
import random
import statistics
import subprocess
import sys
import threading
import time
import wave

import websockets

KINDS = ("json", "verbose_json", "text", "srt", "stream")
GROWTH = 1.05


class Recording:
    def __init__(self, path):
        with open(path, "rb") as file:
            self.bytes = file.read()
        with wave.open(path) as file:
            self.rate, self.samples = file.getframerate(), file.readframes(file.getnframes())


class Work:
    """What is still to do, what was done and what went wrong; of all threads."""

    def __init__(self, most, sockets):
        self.lock = threading.Lock()
        self.left, self.ends = most, float("inf")
        self.silent, self.all_spoken = sockets, asyncio.Event()
        self.begun = self.done = 0
        self.kinds, self.wrong = collections.Counter(), []

    def spoke(self):
        self.silent -= 1
        if self.silent == 0:
            self.all_spoken.set()

    def over(self):
        return self.left <= 0 or time.time() > self.ends

    def begin(self):
        with self.lock:
            if self.over():
                return False
            self.left -= 1
            self.begun += 1
            return True

    def finish(self, kind, wrong=None):
        with self.lock:
            self.done += wrong is None
            self.kinds[kind] += 1
            if wrong:
                self.wrong.append(f"{kind}: {wrong}"[:300])


def post(connection, recording, kind):
    """The answer, as something that can be compared."""
    fields = {"model": "m"} | ({"stream": "true"} if kind == "stream" else {"response_format": kind})
    body = b"".join(f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
                    for name, value in fields.items())
    body += (b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n' + recording.bytes +
             b"\r\n--b--\r\n")
    connection.request("POST", "/v1/audio/transcriptions", body, {"Content-Type": "multipart/form-data; boundary=b"})
    answer = connection.getresponse()
    text = answer.read().decode()
    if answer.status != 200:
        raise RuntimeError(f"{answer.status}: {text}")
    if kind != "stream":
        return text
    events = [json.loads(line[6:]) for line in text.splitlines() if line.startswith("data: ")]
    return [(event["type"], event.get("delta", event.get("text"))) for event in events]


async def open_socket(port, rate):
    socket = await websockets.connect(f"ws://127.0.0.1:{port}/v1/realtime?intent=transcription", open_timeout=120,
                                      ping_interval=None, max_size=None)
    await socket.recv()
    await socket.send(json.dumps({"type": "session.update", "session": {"type": "transcription", "audio": {"input": {
        "format": {"type": "audio/pcm", "rate": rate}, "transcription": {"model": "m"}, "turn_detection": None}}}}))
    if json.loads(await socket.recv())["type"] != "session.updated":
        raise RuntimeError("no session.updated")
    return socket


async def say(socket, recording):
    """One utterance that the client ends: its item and its text. Words that are committed must come before the text."""
    for at in range(0, len(recording.samples), 32000):
        await socket.send(json.dumps({"type": "input_audio_buffer.append",
                                      "audio": base64.b64encode(recording.samples[at:at + 32000]).decode()}))
    await socket.send(json.dumps({"type": "input_audio_buffer.commit"}))
    items = set()
    while True:
        event = json.loads(await asyncio.wait_for(socket.recv(), 600))
        if event["type"] == "error":
            raise RuntimeError(event["error"]["message"])
        if "item_id" in event:
            items.add(event["item_id"])
        if event["type"].endswith("transcription.completed"):
            if items != {event["item_id"]}:
                raise RuntimeError(f"events of {items} before the text of {event['item_id']}")
            return event["item_id"], event["transcript"]


def ask_until_over(port, recordings, expected, work, seed):
    choose = random.Random(seed)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
    while work.begin():
        which, kind = choose.randrange(len(recordings)), choose.choice(KINDS)
        try:
            found = post(connection, recordings[which], kind)
            same = found == expected[kind][which]
            work.finish(kind, None if same else f"expected {expected[kind][which]}, found {found}")
        except (OSError, RuntimeError, http.client.HTTPException) as failure:
            work.finish(kind, repr(failure))
            connection.close()


async def talk_until_over(port, recordings, expected, work, seed, pause):
    choose = random.Random(seed)
    first = True
    try:
        socket = await open_socket(port, recordings[0].rate)
        last = ""
        while work.begin():
            which = choose.randrange(len(recordings))
            item, text = await say(socket, recordings[which])
            right = text == expected["realtime"][which] and item > last
            work.finish("realtime", None if right else
                        f"expected {expected['realtime'][which]} after {last}, found {text} as {item}")
            last = item
            if first:
                work.spoke()
            first = False
            until = time.time() + choose.uniform(0.5 * pause, 1.5 * pause)
            while time.time() < until and not work.over():
                await asyncio.sleep(1.0)
        await socket.close()
    except (OSError, RuntimeError, asyncio.TimeoutError, websockets.WebSocketException) as failure:
        work.finish("realtime", repr(failure))
        if first:
            work.spoke()


def watch(server, work, rows, over):
    begin = time.time()
    while not over.wait(1.0):
        with open(f"/proc/{server.pid}/status", encoding="ascii") as file:
            status = dict(line.split(":", 1) for line in file)
        rows.append((round(time.time() - begin, 1), round(int(status["VmRSS"].split()[0]) / 1024, 1),
                     int(status["Threads"]), work.done))


def write_figures(folder, rows):
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "soak.csv"), "w", newline="", encoding="ascii") as file:
        out = csv.writer(file)
        out.writerow(("seconds", "rss_mib", "threads", "done"))
        out.writerows(rows)
    wide, high, left, top = 720, 260, 56, 24
    longest, most, all_done = rows[-1][0], max(row[1] for row in rows) * 1.2, max(rows[-1][3], 1)
    step = max(1, len(rows) // 300)

    def line(value, scale):
        return " ".join(f"{left + wide * row[0] / longest:.1f},{top + high * (1 - value(row) / scale):.1f}"
                        for row in rows[::step])

    with open(os.path.join(folder, "soak.svg"), "w", encoding="utf-8") as file:
        file.write(f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide + 2 * left} {high + 72}"
 font-family="sans-serif" font-size="12">
<rect width="100%" height="100%" fill="#fff"/>
<rect x="{left}" y="{top}" width="{wide}" height="{high}" fill="none" stroke="#999"/>
<polyline points="{line(lambda row: row[1], most)}" fill="none" stroke="#06c" stroke-width="1.5"/>
<polyline points="{line(lambda row: row[3], all_done)}" fill="none" stroke="#c60" stroke-dasharray="5 3"/>
<g fill="#06c"><text x="4" y="{top + 10}">{most:.0f} MiB</text>
<text x="{left}" y="{high + top + 38}">resident memory of the server</text></g>
<g fill="#c60"><text x="{left + wide + 4}" y="{top + 10}">{all_done}</text>
<text x="{left + 240}" y="{high + top + 38}">requests that were answered</text></g>
<text x="{left}" y="{high + top + 18}">0</text>
<text x="{left + wide}" y="{high + top + 18}" text-anchor="end">{longest / 60:.1f} min</text>
</svg>
""")


def soak(args, server, port):
    recordings = [Recording(path) for path in args.recordings]
    alone = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
    expected = {kind: [post(alone, one, kind) for one in recordings] for kind in KINDS}
    alone.close()

    async def each_alone():
        out = []
        for one in recordings:
            socket = await open_socket(port, one.rate)
            out.append((await say(socket, one))[1])
            await socket.close()
        return out

    expected["realtime"] = asyncio.run(each_alone())
    work, rows, over = Work(args.requests, args.sockets), [], threading.Event()
    threads = [threading.Thread(target=watch, args=(server, work, rows, over))]
    threads += [threading.Thread(target=ask_until_over, args=(port, recordings, expected, work, args.seed * 1000 + i))
                for i in range(args.workers)]
    begin = time.time()

    async def sockets():
        nonlocal begin
        talks = [asyncio.create_task(talk_until_over(port, recordings, expected, work, args.seed * 1_000_000 + i,
                                                     args.pause)) for i in range(args.sockets)]
        await work.all_spoken.wait()
        print(f"all sockets have spoken after {time.time() - begin:.0f} s", flush=True)
        begin = time.time()
        work.ends = begin + args.minutes * 60
        for one in threads:
            one.start()
        await asyncio.gather(*talks)

    asyncio.run(sockets())
    for one in threads[1:]:
        one.join()
    seconds = time.time() - begin
    over.set()
    threads[0].join()
    write_figures(args.folder, rows)
    return work, rows, seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("seben", "bundle", "folder"):
        parser.add_argument(name)
    parser.add_argument("recordings", nargs="+")
    for name, default in (("--requests", 10000), ("--sockets", 200), ("--workers", 6), ("--threads", 0), ("--seed", 1)):
        parser.add_argument(name, type=int, default=default)
    for name, default in (("--minutes", 20.0), ("--pause", 40.0)):
        parser.add_argument(name, type=float, default=default)
    args = parser.parse_args()
    load = os.getloadavg()[0]
    server = subprocess.Popen([args.seben, "serve", "--quiet", "--model", "m=" + args.bundle, "--listen", "127.0.0.1:0",
                               "--sessions", str(args.sockets + 8), "--threads", str(args.threads)],
                              stderr=subprocess.PIPE, text=True)
    try:
        work, rows, seconds = soak(args, server, int(server.stderr.readline().rsplit(":", 1)[1]))
    finally:
        server.terminate()
        ended = server.wait(120)

    def memory(first, last):
        part = rows[int(first * len(rows)):max(int(last * len(rows)), int(first * len(rows)) + 1)]
        return statistics.median(row[1] for row in part)

    early, late = memory(0.2, 0.25), memory(0.95, 1.0)
    kinds = ", ".join(f"{kind} {n}" for kind, n in sorted(work.kinds.items()))
    print(f"{work.done} of {work.begun} requests in {seconds / 60:.1f} min ({kinds}), {args.sockets} sockets; "
          f"load before {load:.1f} on {os.cpu_count()} processors")
    print(f"memory: {early:.0f} MiB after a fifth, {late:.0f} MiB at the end ({100 * (late / early - 1):+.1f} %), "
          f"at most {max(row[1] for row in rows):.0f} MiB and {max(row[2] for row in rows)} threads")
    for wrong in work.wrong[:10]:
        print("WRONG", wrong)
    holds = not work.wrong and work.done == work.begun and late <= early * GROWTH and ended == 0
    print("held" if holds else
          f"did not hold: {len(work.wrong)} wrong, {work.begun - work.done} lost, the server ended with {ended}")
    sys.exit(0 if holds else 1)


if __name__ == "__main__":
    main()
