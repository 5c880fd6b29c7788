# SPDX-License-Identifier: Apache-2.0
"""What the scripts of this folder share: checks that are counted, and a recording said over and over."""
import io
import wave

failures = 0


def check(what, holds, found=""):
    global failures
    failures += not holds
    print(("ok      " if holds else "WRONG   ") + what + (f": {found}" if found != "" else ""), flush=True)


def exit_code():
    return 1 if failures else 0


def recording_of(path):
    """Its rate and its samples, 16-bit as they lie in the file."""
    with wave.open(path) as file:
        return file.getframerate(), file.readframes(file.getnframes())


def repeated(rate, samples, seconds):
    """A WAV file of the samples again and again, for at least so long."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples * (1 + seconds * 2 * rate // len(samples)))
    return out.getvalue()
