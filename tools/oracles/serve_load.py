#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How `seben serve` shares the processors: a short recording alone and beside a long one, and many at once.

usage: tools/oracles/serve_load.py SEBEN BUNDLE SHORT LONG [--shorts 40] [--many 100] [--clients 8]

Python's own library is all that it needs. Ends with 1 where the p95 of the short one beside the long one is above twice
that of it alone, or where an answer differs from the first.
"""
import argparse
import concurrent.futures
import http.client
import os
import subprocess
import sys
import threading
import time


def post(port, path, form="text"):
    with open(path, "rb") as file:
        sound = file.read()
    body = b"".join(f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
                    for name, value in (("model", "m"), ("response_format", form)))
    body += b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n' + sound + b"\r\n--b--\r\n"
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=3600)
    begin = time.perf_counter()
    connection.request("POST", "/v1/audio/transcriptions", body, {"Content-Type": "multipart/form-data; boundary=b"})
    answer = connection.getresponse()
    text = answer.read().decode()
    if answer.status != 200:
        raise RuntimeError(f"{answer.status}: {text}")
    return time.perf_counter() - begin, text


def quantile(times, share):
    return sorted(times)[min(len(times) - 1, int(share * len(times)))]


def memory(process):
    with open(f"/proc/{process.pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) / 1024 for line in file if line.startswith("VmRSS"))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("seben", "bundle", "short", "long"):
        parser.add_argument(name)
    for name, default in (("--shorts", 40), ("--many", 100), ("--clients", 8)):
        parser.add_argument(name, type=int, default=default)
    args = parser.parse_args()
    server = subprocess.Popen([args.seben, "serve", "--quiet", "--model", "m=" + args.bundle, "--listen",
                               "127.0.0.1:0", "--queue", "200"], stderr=subprocess.PIPE, text=True)
    try:
        port = int(server.stderr.readline().rsplit(":", 1)[1])
        _, expected = post(port, args.short)
        alone = [post(port, args.short)[0] for _ in range(args.shorts)]
        over = threading.Event()
        long_one = threading.Thread(target=lambda: (post(port, args.long), over.set()))
        long_one.start()
        time.sleep(1.0)
        beside = []
        while len(beside) < args.shorts and not over.is_set():
            beside.append(post(port, args.short)[0])
        print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
        for name, times in (("alone", alone), ("beside a long one", beside)):
            print(f"short, {name}: {len(times)} requests, median {quantile(times, .5):.3f} s, "
                  f"p95 {quantile(times, .95):.3f} s")
        ratio = quantile(beside, .95) / quantile(alone, .95)
        print(f"p95 beside / alone: {ratio:.2f}; medians: {quantile(beside, .5) / quantile(alone, .5):.2f}")
        long_one.join()
        before = memory(server)
        begin = time.perf_counter()
        with concurrent.futures.ThreadPoolExecutor(args.clients) as pool:
            texts = list(pool.map(lambda _: post(port, args.short)[1], range(args.many)))
        seconds = time.perf_counter() - begin
        print(f"{args.many} requests by {args.clients} clients: {seconds:.1f} s, {args.many / seconds:.2f} a second; "
              f"memory {before:.0f} MiB before, {memory(server):.0f} MiB after")
        differing = sum(text != expected for text in texts)
        print(f"answers that differ: {differing}")
        sys.exit(1 if ratio > 2.0 or differing else 0)
    finally:
        server.terminate()
        server.wait(60)


if __name__ == "__main__":
    main()
