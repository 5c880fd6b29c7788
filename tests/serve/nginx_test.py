#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""nginx with the configuration of docs/serve.md, ports and files of the certificate changed, in front of `seben serve`.

usage: nginx_test.py SEBEN BUNDLE RECORDING

Needs nginx and openssl; ends with 77 where there is none, with 1 where something does not pass as the page says.
"""
import http.client
import json
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time

from serve_checks import check, exit_code, recording_of, repeated

PAGE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../docs/serve.md")
NAME, CLIENT = "speech.example.org", "127.0.0.2"


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def documented(folder, outside, inside):
    with open(PAGE, encoding="utf-8") as file:
        block = re.search(r"```nginx\n(.*?)```", file.read(), re.S).group(1)
    for old, new in (("listen 443 ssl", f"listen 127.0.0.1:{outside} ssl"),
                     ("/etc/ssl/speech.pem", f"{folder}/speech.pem"), ("/etc/ssl/speech.key", f"{folder}/speech.key"),
                     ("http://127.0.0.1:8080", f"http://127.0.0.1:{inside}")):
        if block.count(old) != 1:
            raise RuntimeError(f"docs/serve.md: expected {old} once in the configuration, found it otherwise")
        block = block.replace(old, new)
    folders = "".join(f"  {kind}_temp_path {folder}/{kind};\n" for kind in
                      ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    return (f"daemon off;\npid {folder}/pid;\nerror_log stderr error;\nevents {{}}\n"
            f"http {{\n  access_log off;\n{folders}{block}}}\n")


def connection(port):
    context = ssl._create_unverified_context()  # pylint: disable=protected-access
    return http.client.HTTPSConnection("127.0.0.1", port, timeout=300, context=context, source_address=(CLIENT, 0))


def form(sound, **fields):
    out = b"".join(f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
                   for name, value in fields.items())
    return out + b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n' + sound + b"\r\n--b--\r\n"


def post(port, body):
    one = connection(port)
    one.request("POST", "/v1/audio/transcriptions", body,
                {"Host": NAME, "Content-Type": "multipart/form-data; boundary=b", "X-Forwarded-For": "9.9.9.9"})
    return one.getresponse()


def try_stream(port, long_sound):
    begin = time.time()
    answer = post(port, form(long_sound, model="m", stream="true"))
    check("a stream: its type", answer.getheader("Content-Type", "").startswith("text/event-stream"))
    times, kinds = [], []
    while line := answer.readline():
        if line.startswith(b"data: "):
            times.append(time.time() - begin)
            kinds.append(json.loads(line[6:])["type"])
    check("a stream: ends with done", kinds[-1] == "transcript.text.done")
    check("a stream: comes as it is written", len(times) > 10 and times[0] < times[-1] / 2,
          f"first of {len(times)} events after {times[0]:.1f} s, last after {times[-1]:.1f} s")


def read_frame(file):
    head = file.read(2)
    size = head[1] & 0x7F
    if size == 126:
        size = int.from_bytes(file.read(2), "big")
    return file.read(size)


def try_socket(port, samples, rate, expected):
    context = ssl._create_unverified_context()  # pylint: disable=protected-access
    with context.wrap_socket(socket.create_connection(("127.0.0.1", port))) as one:
        one.settimeout(120)
        one.sendall(f"GET /v1/stream HTTP/1.1\r\nHost: {NAME}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                    f"Origin: https://{NAME}\r\nSec-WebSocket-Version: 13\r\n"
                    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode())
        file = one.makefile("rb")
        status = file.readline()
        while file.readline() not in (b"\r\n", b""):
            pass
        check("a WebSocket: accepted", b" 101 " in status, status)

        def frame(opcode, data):
            return bytes([0x80 | opcode, 0xFF]) + len(data).to_bytes(8, "big") + bytes(4) + data

        one.sendall(frame(1, json.dumps({"type": "start", "rate": rate, "partials": False}).encode()))
        one.sendall(frame(2, samples) + frame(1, b'{"type": "end"}'))
        finals, kind = [], ""
        while kind != "done":
            event = json.loads(read_frame(file))
            kind = event["type"]
            if kind == "final":
                finals.append(event["text"])
        check("a WebSocket: words", len(finals) > 0 and set("".join(finals)) & set(expected) != set(), len(finals))


def try_limit(port):
    with socket.create_connection(("127.0.0.1", port)) as plain:
        context = ssl._create_unverified_context()  # pylint: disable=protected-access
        with context.wrap_socket(plain) as one:
            one.sendall(f"POST /v1/audio/transcriptions HTTP/1.1\r\nHost: {NAME}\r\nContent-Length: 600000000\r\n"
                        "Content-Type: multipart/form-data; boundary=b\r\n\r\n".encode())
            answer = one.makefile("rb").readline()
            check("an upload that is too large: refused by its head", b" 413 " in answer, answer)


def run(args, folder):
    seben, bundle, recording = args
    with open(recording, "rb") as file:
        sound = file.read()
    rate, samples = recording_of(recording)
    long_sound = repeated(rate, samples, 600)
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=" + NAME,
                    "-keyout", folder + "/speech.key", "-out", folder + "/speech.pem"], check=True, capture_output=True)
    with open(folder + "/log", "w", encoding="utf-8") as log:
        server = subprocess.Popen([seben, "serve", "--model", "m=" + bundle, "--listen", "127.0.0.1:0", "--host", NAME,
                                   "--proxy", "127.0.0.1"], stderr=log)
    processes = [server]
    try:
        inside = None
        while inside is None:
            time.sleep(0.05)
            with open(folder + "/log", encoding="utf-8") as log:
                inside = re.search(r"serving at .*:(\d+)", log.read())
            if server.poll() is not None:
                raise RuntimeError("the server did not begin")
        inside, outside = int(inside.group(1)), free_port()
        with open(folder + "/nginx.conf", "w", encoding="utf-8") as file:
            file.write(documented(folder, outside, inside))
        nginx = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")
        processes.append(subprocess.Popen([nginx, "-e", "stderr", "-p", folder, "-c", folder + "/nginx.conf"]))
        for _ in range(100):
            with socket.socket() as one:
                if one.connect_ex(("127.0.0.1", outside)) == 0:
                    break
            time.sleep(0.05)
        answer = post(outside, form(sound, model="m"))
        text = json.loads(answer.read())["text"]
        alone = json.loads(subprocess.run([seben, "transcribe", "--bundle", bundle, "--json", recording], check=True,
                                          capture_output=True, text=True).stdout)["text"]
        check("a transcription: the text", text == alone, answer.status)
        try_stream(outside, long_sound)
        try_socket(outside, samples, rate, alone)
        try_limit(outside)
        with open(folder + "/log", encoding="utf-8") as log:
            check("the log names the client, not the proxy, nor what the client says of itself",
                  CLIENT + " POST /v1/audio/transcriptions 200" in log.read())
    finally:
        for process in reversed(processes):
            process.send_signal(signal.SIGTERM)
            check(os.path.basename(process.args[0]) + " ends with 0", process.wait(60) == 0)


def main():
    for tool in ("nginx", "openssl"):
        if not shutil.which(tool, path=os.environ["PATH"] + ":/usr/sbin"):
            print(f"nginx_test: expected {tool} (apt install nginx-light openssl), found none: skipped")
            sys.exit(77)
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)  # nginx's workers are another user's where root starts it
        run(sys.argv[1:4], folder)
    sys.exit(exit_code())


if __name__ == "__main__":
    main()
