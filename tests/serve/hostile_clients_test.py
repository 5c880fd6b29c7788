#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`seben serve` and clients that are killed, flood it, or find its disk full: it goes on, and what they held is free.

usage: hostile_clients_test.py SEBEN BUNDLE RECORDING

Python's own library is all that it needs. Ends with 1 where something is not as it should be.
"""
import contextlib
import http.client
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time

from serve_checks import check, exit_code, recording_of, repeated

# What a client does until it is killed: `python3 -c CLIENT PORT KIND`, its sound on standard input.
CLIENT = """
import socket, sys, time
port, kind, sound = int(sys.argv[1]), sys.argv[2], sys.stdin.buffer.read()
one = socket.create_connection(("127.0.0.1", port))
def field(name, value, more=""):
    return f'--b\\r\\nContent-Disposition: form-data; name="{name}"{more}\\r\\n\\r\\n'.encode() + value + b"\\r\\n"
if kind in ("live", "deaf"):
    one.sendall(b"GET /v1/stream HTTP/1.1\\r\\nHost: localhost\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\n"
                b"Sec-WebSocket-Version: 13\\r\\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\\r\\n\\r\\n")
    one.recv(4096)
    def frame(opcode, data):
        return bytes([0x80 | opcode, 0xFF]) + len(data).to_bytes(8, "big") + bytes(4) + data
    if kind == "deaf":  # never reads; how much the server took is printed
        one.settimeout(3)
        taken, piece = 0, frame(1, b"{}") * 1000 + (bytes([0x89, 0x80]) + bytes(4)) * 1000
        try:
            while taken < 2 << 30:
                taken += one.send(piece)
        except TimeoutError:
            pass
        print(taken, flush=True)
    else:
        one.sendall(frame(1, b'{"type": "start", "rate": 16000}'))
        one.settimeout(None)
        while True:
            one.sendall(frame(2, sound))
else:
    body = field("model", b"m") + (field("stream", b"true") if kind == "stream" else b"")
    body += field("file", sound, '; filename="a"') + b"--b--\\r\\n"
    if kind == "upload":
        body = body[:len(body) // 2]
    one.sendall(b"POST /v1/audio/transcriptions HTTP/1.1\\r\\nHost: localhost\\r\\n"
                b"Content-Type: multipart/form-data; boundary=b\\r\\nContent-Length: "
                + str(len(body) * (2 if kind == "upload" else 1)).encode() + b"\\r\\n\\r\\n" + body)
time.sleep(600)
"""


class Served:
    def __init__(self, args, before=(), **options):
        self.process = subprocess.Popen([*before, args.seben, "serve", "--quiet", "--model", "m=" + args.bundle,
                                         "--listen", "127.0.0.1:0"], stderr=subprocess.PIPE, text=True, **options)
        line = self.process.stderr.readline()
        if "serving at" not in line:
            raise RuntimeError("the server did not begin: " + line)
        self.port = int(line.rsplit(":", 1)[1])

    def ask(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=300)
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read().decode()

    def transcribe(self, sound):
        body = (b'--b\r\nContent-Disposition: form-data; name="model"\r\n\r\nm\r\n'
                b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n' + sound + b"\r\n--b--\r\n")
        return self.ask("POST", "/v1/audio/transcriptions", body, {"Content-Type": "multipart/form-data; boundary=b"})

    def metric(self, name):
        for line in self.ask("GET", "/metrics")[2].splitlines():
            if line.startswith(name + " "):
                return float(line.split()[1])
        raise RuntimeError("no metric " + name)

    def until(self, name, holds, seconds=60):
        end = time.time() + seconds
        while not holds(value := self.metric(name)) and time.time() < end:
            time.sleep(0.05)
        return value

    def memory(self):
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as file:
            return next(int(line.split()[1]) / 1024 for line in file if line.startswith("VmRSS"))

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        check("the server ends with 0", self.process.wait(60) == 0)


def start_client(server, kind, sound):
    client = subprocess.Popen([sys.executable, "-c", CLIENT, str(server.port), kind], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE)
    client.stdin.write(sound)
    client.stdin.close()
    return client


def kill(clients):
    for client in clients:
        client.kill()
    for client in clients:
        client.wait()


def killed_clients(server, sound, long_sound):
    """One round of each; afterwards nothing of theirs is left."""
    clients = [start_client(server, "upload", bytes(20 << 20)) for _ in range(4)]
    check("uploads are being read", server.until("seben_uploads_in_flight", lambda n: n == 4) == 4)
    kill(clients)
    check("killed within their upload: given up", server.until("seben_uploads_in_flight", lambda n: n == 0) == 0)

    before = server.metric("seben_windows_total")
    gone = server.metric("seben_clients_gone_total")
    clients = [start_client(server, kind, long_sound) for kind in ("answer", "stream")]
    server.until("seben_windows_total", lambda n: n > before + 2)
    check("long answers are being computed", server.metric("seben_uploads_in_flight") == 2)
    kill(clients)
    check("killed before their answer: given up", server.until("seben_uploads_in_flight", lambda n: n == 0) == 0)
    check("and counted", server.metric("seben_clients_gone_total") == gone + 2)

    clients = [start_client(server, "live", sound[44:] * 40) for _ in range(4)]
    check("live sessions are open", server.until("seben_live_sessions", lambda n: n == 4) == 4)
    time.sleep(1.0)
    kill(clients)
    left = server.until("seben_live_sessions", lambda n: n == 0)
    check("killed while they spoke: sessions are closed", left == 0)
    check("nobody computes", server.until("seben_slots_working", lambda n: n == 0) == 0)


def deaf_clients(server, sound, expected):
    """They send what is answered each time, and read no answer."""
    before = server.memory()
    clients = [start_client(server, "deaf", b"") for _ in range(4)]
    taken = [int(client.stdout.readline()) for client in clients]
    check("who reads nothing is not read from", max(taken) < 64 << 20, f"{max(taken) >> 10} KiB were taken")
    check("others are answered meanwhile", server.transcribe(sound)[2] == expected)
    check("memory holds", server.memory() < before + 64, f"{before:.0f} and {server.memory():.0f} MiB")
    kill(clients)
    check("and their sessions are closed", server.until("seben_live_sessions", lambda n: n == 0) == 0)


def full_disks(args, sound, long_sound):
    def refused(server, what):
        status, headers, body = server.transcribe(long_sound)
        check(f"{what}: 500", status == 500, status)
        check(f"{what}: not worth another try", headers.get("x-should-retry") == "false")
        check(f"{what}: an error object", json.loads(body)["error"]["type"] == "server_error")
        check(f"{what}: a small one is answered", server.transcribe(sound)[0] == 200)
        server.end()

    small = 2 << 20  # bytes; more than the short recording, less than the long one
    refused(Served(args, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (small, small))),
            "a limit for files")
    with tempfile.TemporaryDirectory() as folder:
        mount = ["unshare", "-rm", "sh", "-c", f'mount -t tmpfs -o size={small} none "{folder}" && exec "$@"', "sh"]
        if subprocess.run([*mount, "true"], capture_output=True, check=False).returncode == 0:
            refused(Served(args, before=mount, env={**os.environ, "TMPDIR": folder}), "a full disk")
        else:
            print("note    a full disk: no user namespaces here, tried by a limit for files only")


def main():
    class args:  # pylint: disable=too-few-public-methods
        seben, bundle, recording = sys.argv[1:4]
    with open(args.recording, "rb") as file:
        sound = file.read()
    long_sound = repeated(*recording_of(args.recording), 1800)

    with contextlib.ExitStack() as stack:
        server = Served(args)
        stack.callback(server.process.kill)
        status, _, expected = server.transcribe(sound)
        check("an answer", status == 200, status)
        killed_clients(server, sound, long_sound)
        memory, descriptors = server.memory(), server.descriptors()
        killed_clients(server, sound, long_sound)
        check("memory after two rounds as after one", server.memory() < memory + 32,
              f"{memory:.0f} and {server.memory():.0f} MiB")
        check("descriptors too", server.descriptors() <= descriptors + 2, f"{descriptors} and {server.descriptors()}")
        deaf_clients(server, sound, expected)
        check("the same answer as before", server.transcribe(sound)[2] == expected)
        server.end()
    full_disks(args, sound, long_sound)
    sys.exit(exit_code())


if __name__ == "__main__":
    main()
