#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Requests a second of `seben serve` and of whisper.cpp's server: the same clients, weights and recordings.

usage: tools/oracles/serve_peers.py SEBEN BUNDLE WHISPER_SERVER GGML RECORDING...
         [--requests 100] [--clients 4] [--threads 2] [--turns 3] [--precision auto] [--language en]

One after the other, each alone on the machine, in three turns. Python's own library is all that it needs.
"""
import argparse
import concurrent.futures
import http.client
import json
import os
import re
import socket
import statistics
import subprocess
import time


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def post(port, path, fields, sound):
    body = b"".join(f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
                    for name, value in fields.items())
    body += b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n' + sound + b"\r\n--b--\r\n"
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
    begin = time.perf_counter()
    connection.request("POST", path, body, {"Content-Type": "multipart/form-data; boundary=b"})
    answer = connection.getresponse()
    text = answer.read().decode()
    if answer.status != 200:
        raise RuntimeError(f"{answer.status}: {text}")
    return time.perf_counter() - begin, json.loads(text)["text"]


def words_of(text):
    return re.findall(r"[a-z0-9']+", text.lower())


def measure(args, command, path, fields):
    """Requests a second, latencies, and what each recording's text was."""
    port = free_port()
    server = subprocess.Popen([part.replace("PORT", str(port)) for part in command], stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL)
    try:
        for _ in range(600):
            with socket.socket() as one:
                if one.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        sounds = [open(name, "rb").read() for name in args.recordings]  # pylint: disable=consider-using-with
        texts = [post(port, path, fields, sound)[1] for sound in sounds]  # loads the model, too
        begin = time.perf_counter()
        with concurrent.futures.ThreadPoolExecutor(args.clients) as pool:
            times = list(pool.map(lambda i: post(port, path, fields, sounds[i % len(sounds)])[0], range(args.requests)))
        return args.requests / (time.perf_counter() - begin), times, texts
    finally:
        server.terminate()
        server.wait(60)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("seben", "bundle", "whisper_server", "ggml"):
        parser.add_argument(name)
    parser.add_argument("recordings", nargs="+")
    for name, default in (("--requests", 100), ("--clients", 4), ("--threads", 2), ("--turns", 3)):
        parser.add_argument(name, type=int, default=default)
    for name, default in (("--precision", "auto"), ("--language", "en")):
        parser.add_argument(name, default=default)
    args = parser.parse_args()
    ways = {
        "seben serve": ([args.seben, "serve", "--quiet", "--model", "m=" + args.bundle, "--listen", "127.0.0.1:PORT",
                         "--threads", str(args.threads), "--slots", "1", "--precision", args.precision],
                        "/v1/audio/transcriptions", {"model": "m", "language": args.language}),
        "whisper.cpp": ([args.whisper_server, "--model", args.ggml, "--host", "127.0.0.1", "--port", "PORT",
                         "--threads", str(args.threads)],
                        "/inference", {"language": args.language, "temperature": "0.0", "response_format": "json"}),
    }
    rates, texts = {way: [] for way in ways}, {}
    for _ in range(args.turns):
        for way, (command, path, fields) in ways.items():
            rate, times, texts[way] = measure(args, command, path, fields)
            rates[way].append(rate)
            print(f"{way}: {rate:.2f} a second, median {statistics.median(times):.2f} s, "
                  f"p95 {sorted(times)[int(0.95 * len(times))]:.2f} s; load {os.getloadavg()[0]:.1f}", flush=True)
    ours, theirs = (statistics.median(rates[way]) for way in ways)
    print(f"{args.requests} requests of {len(args.recordings)} recordings by {args.clients} clients, {args.threads} "
          f"threads: {ours:.2f} and {theirs:.2f} a second, {ours / theirs:.2f} times")
    same = sum(words_of(a) == words_of(b) for a, b in zip(*(texts[way] for way in ways)))
    print(f"texts with the same words: {same} of {len(args.recordings)}")


if __name__ == "__main__":
    main()
