#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Seben and huggingface_hub on one cache: what either has brought the other finds, without the network.

usage: hub_cache.py SEBEN MODEL_FOLDER     (MODEL_FOLDER as Hugging Face publishes a Whisper; scripts/setup-oracles)
"""
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

REPOSITORY = "someone/whisper-thing"
COMMIT = "0123456789abcdef0123456789abcdef01234567"


def hub_of(folder, asked):
    """A server with the one repository, and its address."""
    files = {name: open(os.path.join(folder, name), "rb").read() for name in sorted(os.listdir(folder))}

    def is_large(name):
        return name.endswith((".safetensors", ".bin"))

    def tag(name):
        content = files[name]
        if is_large(name):
            return hashlib.sha256(content).hexdigest()
        return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()

    def entry(name):
        size = len(files[name])
        lfs = {"lfs": {"sha256": tag(name), "oid": tag(name), "size": size, "pointerSize": 134}} if is_large(name) else {}
        return {"type": "file", "path": name, "rfilename": name, "size": size, "oid": tag(name), "blobId": tag(name), **lfs}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_):
            asked.append(self.command + " " + self.path)

        def answer(self, status, headers, body=b""):
            self.send_response(status)
            for key, value in headers.items():
                self.send_header(key, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def do_HEAD(self):
            self.do_GET()

        def do_GET(self):
            path = self.path.split("?")[0]
            name = path.rsplit("/", 1)[1]
            if path.startswith("/api/models/"):
                listing = [entry(name) for name in files]
                body = listing if "/tree/" in path else {
                    "id": REPOSITORY, "sha": COMMIT, "siblings": listing, "tags": [], "cardData": {"license": "mit"},
                    "private": False, "downloads": 0, "likes": 0}
                return self.answer(200, {"Content-Type": "application/json"}, json.dumps(body).encode())
            if name not in files:
                return self.answer(404, {"X-Error-Code": "EntryNotFound"})
            if path.startswith("/cdn/"):
                return self.answer(200, {}, files[name])
            headers = {"X-Repo-Commit": COMMIT}
            if not is_large(name):
                return self.answer(200, {**headers, "ETag": f'"{tag(name)}"'}, files[name])
            elsewhere = f"http://localhost:{self.server.server_address[1]}/cdn/{name}"
            return self.answer(302, {**headers, "X-Linked-ETag": f'"{tag(name)}"', "Location": elsewhere,
                                     "X-Linked-Size": str(len(files[name]))})

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_address[1]}", files


def main():
    seben, folder = os.path.abspath(sys.argv[1]), sys.argv[2]
    asked = []
    endpoint, files = hub_of(folder, asked)
    with tempfile.TemporaryDirectory() as scratch:
        def run(cache, command, **more):
            home = os.path.join(scratch, cache)
            env = {**os.environ, "HOME": home, "HF_HOME": home, "XDG_DATA_HOME": home + "/data", "HF_ENDPOINT": endpoint,
                   "HF_HUB_DISABLE_TELEMETRY": "1", "HF_HUB_DISABLE_XET": "1", **more}
            asked.clear()
            return subprocess.run(command, env=env, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()

        def python(*lines):
            return [sys.executable, "-c", "\n".join(("import huggingface_hub as h",) + lines)]

        find = python(f"print(h.snapshot_download({REPOSITORY!r}))")
        run("ours", [seben, "fetch", REPOSITORY, "--as", "thing"])
        brought = len(asked)
        snapshot = run("ours", find, HF_HUB_OFFLINE="1")
        names = sorted(os.listdir(snapshot))
        assert "model.safetensors" in names, names
        for name in names:
            assert open(os.path.join(snapshot, name), "rb").read() == files[name], name
        print(f"seben brought {len(names)} files with {brought} requests; huggingface_hub finds them offline: {snapshot}")
        report = run("ours", python("c = h.scan_cache_dir()", "r = next(iter(c.repos))",
                                    "print(len(c.warnings), r.repo_id, r.nb_files, sorted(r.refs))"))
        print("scan_cache_dir:", report)
        assert report == f"0 {REPOSITORY} {len(names)} ['main']", report
        one = run("ours", python(f"print(h.hf_hub_download({REPOSITORY!r}, 'model.safetensors'))"))
        assert not [line for line in asked if "/cdn/" in line], asked
        print("hf_hub_download online takes ours without a download:", one)

        theirs = run("theirs", find)
        print("huggingface_hub brought:", theirs)
        bundle = run("theirs", [seben, "fetch", REPOSITORY, "--as", "thing", "--offline", "--licence", "MIT"])
        assert not asked and os.path.exists(bundle + "/bundle.json"), asked
        print("seben imports theirs offline, with 0 requests:", bundle)


if __name__ == "__main__":
    main()
