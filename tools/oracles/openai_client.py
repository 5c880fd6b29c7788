#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Asks `seben serve` by OpenAI's own client and compares every answer with `seben transcribe`.

usage: build/venv-serve/bin/python tools/oracles/openai_client.py SEBEN BUNDLE RECORDING

scripts/setup-serve makes the Python. Ends with 1 where an answer differs.
"""
import argparse
import asyncio
import base64
import json
import os
import subprocess
import sys
import tempfile
import wave

import openai
import websockets

failures = 0


def check(what, expected, found):
    global failures
    same = expected == found
    failures += not same
    print(("same      " if same else "DIFFERENT ") + what)
    if not same:
        print("  expected:", repr(expected)[:300])
        print("  found:   ", repr(found)[:300])


def transcribe(args, *options):
    return subprocess.run([args.seben, "transcribe", "--bundle", args.bundle, *options, args.recording],
                          check=True, capture_output=True, text=True).stdout


def compare_formats(args, client):
    """Every format of transcriptions, by a file, by bytes and by a stream of unknown length."""
    text = transcribe(args).strip()
    whole = json.loads(transcribe(args, "--json"))

    def ask(**options):
        with open(args.recording, "rb") as file:
            return client.audio.transcriptions.create(model="nko", file=file, **options)

    check("json", whole["text"], ask().text)
    check("text", whole["text"], ask(response_format="text").strip())
    check("text of txt", text.replace("\n", " "), ask(response_format="text").strip())
    check("srt", transcribe(args, "--format", "srt").rstrip("\n"), ask(response_format="srt").rstrip("\n"))
    check("vtt", transcribe(args, "--format", "vtt").rstrip("\n"), ask(response_format="vtt").rstrip("\n"))
    verbose = ask(response_format="verbose_json", timestamp_granularities=["word", "segment"])
    check("verbose_json: text", whole["text"], verbose.text)
    check("verbose_json: words", [(w["text"], w["start"], w["end"]) for w in whole["words"]],
          [(w.word, w.start, w.end) for w in verbose.words])
    check("verbose_json: segments", [(s["text"], s["start"], s["end"]) for s in whole["segments"]],
          [(s.text, s.start, s.end) for s in verbose.segments])
    logprobs = ask(include=["logprobs"])
    check("logprobs", [c["text"] for c in whole["characters"]], [p.token for p in logprobs.logprobs])
    events = list(ask(stream=True))
    check("stream: deltas", whole["text"], "".join(e.delta for e in events if e.type == "transcript.text.delta"))
    check("stream: done", ("transcript.text.done", whole["text"]), (events[-1].type, events[-1].text))
    with open(args.recording, "rb") as file:
        sound = file.read()
    check("bytes", whole["text"], client.audio.transcriptions.create(model="whisper-1", file=("a.wav", sound)).text)
    check("hotwords as keywords", 200, client.audio.transcriptions.with_raw_response.create(
        model="nko", file=("a.wav", sound), extra_body={"keywords[]": whole["words"][0]["text"]}).status_code)


def compare_errors(client):
    def failure_of(action):
        try:
            action()
        except openai.APIStatusError as error:
            return type(error).__name__, error.code, error.param
        return None

    create = client.audio.transcriptions.create
    check("unknown model", ("NotFoundError", "model_not_found", "model"),
          failure_of(lambda: create(model="none", file=("a.wav", b"x"))))
    check("no sound", ("BadRequestError", "invalid_audio", "file"),
          failure_of(lambda: create(model="nko", file=("a.wav", b"no sound"))))
    check("diarized", ("BadRequestError", "invalid_value", "response_format"),
          failure_of(lambda: create(model="nko", file=("a.wav", b"x"), response_format="diarized_json")))
    check("key", ("AuthenticationError", "invalid_api_key", None),
          failure_of(lambda: client.with_options(api_key="wrong").models.list()))
    check("models", ["nko"], [model.id for model in client.models.list()][:1])
    check("one model", "nko", client.models.retrieve("nko").id)
    check("translation by a head", ("BadRequestError", "invalid_value", "model"),
          failure_of(lambda: client.audio.translations.create(model="nko", file=("a.wav", b"x"))))


async def compare_realtime(args, port, key):
    """One utterance, its end said by the client: the final text is that of the whole recording."""
    with wave.open(args.recording) as file:
        rate, sound = file.getframerate(), file.readframes(file.getnframes())
    expected = json.loads(transcribe(args, "--json"))["text"]
    async with websockets.connect(f"ws://127.0.0.1:{port}/v1/realtime?intent=transcription",
                                  additional_headers={"Authorization": "Bearer " + key}) as socket:
        check("realtime: created", "session.created", json.loads(await socket.recv())["type"])
        await socket.send(json.dumps({"type": "session.update", "session": {"type": "transcription", "audio": {"input": {
            "format": {"type": "audio/pcm", "rate": rate}, "transcription": {"model": "nko"}, "turn_detection": None}}}}))
        check("realtime: updated", "session.updated", json.loads(await socket.recv())["type"])
        for at in range(0, len(sound), 3200):
            await socket.send(json.dumps({"type": "input_audio_buffer.append",
                                          "audio": base64.b64encode(sound[at:at + 3200]).decode()}))
        await socket.send(json.dumps({"type": "input_audio_buffer.commit"}))
        types, deltas, final = [], "", None
        while final is None:
            event = json.loads(await asyncio.wait_for(socket.recv(), 120))
            types.append(event["type"])
            if event["type"].endswith("transcription.delta"):
                deltas += event["delta"]
            if event["type"].endswith("transcription.completed"):
                final = event["transcript"]
        check("realtime: completed", expected, final)
        check("realtime: committed once", 1, types.count("input_audio_buffer.committed"))
        print("          deltas said:", deltas)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("seben", "bundle", "recording"):
        parser.add_argument(name)
    args = parser.parse_args()
    key = "sk-0123456789abcdef"
    with tempfile.NamedTemporaryFile("w") as key_file:
        key_file.write(key + "\n")
        key_file.flush()
        server = subprocess.Popen([args.seben, "serve", "--model", "nko=" + args.bundle, "--listen", "127.0.0.1:0",
                                   "--api-key-file", key_file.name], stderr=subprocess.PIPE, text=True)
        port = int(server.stderr.readline().rsplit(":", 1)[1])
        os.set_blocking(server.stderr.fileno(), False)
        try:
            client = openai.OpenAI(api_key=key, base_url=f"http://127.0.0.1:{port}/v1", max_retries=0, timeout=300)
            compare_formats(args, client)
            compare_errors(client)
            asyncio.run(compare_realtime(args, port, key))
        finally:
            server.terminate()
            check("the server ends with", 0, server.wait(60))
    print("openai", openai.__version__, "websockets", websockets.__version__)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
