# SPDX-License-Identifier: Apache-2.0
"""Writes src/lab/import/measured_models.json: the records of published models that come with Seben (decision 43).

usage: python3 -m tools.measured_models [--keep FILE] {NAME BUNDLE MANIFEST FLAGS [OTHER=BUNDLE]}... > new.json

Every bundle was imported of the published weights and measured by `seben verify precision BUNDLE --text-decoder whisper
--manifest MANIFEST FLAGS`, for int8 and for bf16; NAME is what seben fetch calls them. OTHER=BUNDLE behind it is the same model
in another dtype that holds the same numbers, so that every arithmetic gives the same bits (that a half widened to f32 does is
tested, and tools.oracles.ctranslate2_model --f32 makes the published file of the other): it gets the same records. FILE is the
measured_models.json of before: what it has under other names stays.
"""

import hashlib
import json
import sys
from pathlib import Path


def weights(bundle: str) -> tuple[dict, list]:
    """What a record is kept under, and the records."""
    listing = json.loads((Path(bundle) / "bundle.json").read_text())
    decoder = next(entry for entry in listing["decoders"] if entry["name"] == "whisper")
    digests = {file["path"]: file["sha256"] for file in listing["files"]}
    mel = {"padding": decoder["mel"]["padding"], "scope": decoder["mel"]["scope"]}
    key = {"encoder": decoder["encoder"], "decoder": digests[decoder["weights"]], "mel": mel}
    return key, decoder.get("precisions", [])


def measured(name: str, bundle: str, manifest: str, flags: str) -> dict:
    key, records = weights(bundle)
    assert {record["precision"] for record in records} == {"int8", "bf16"}, name
    command = f"seben verify precision BUNDLE --precision int8|bf16 --text-decoder whisper --manifest MANIFEST {flags}"
    digest = hashlib.sha256(Path(manifest).read_bytes()).hexdigest()
    return {"name": name, **key, "manifest": digest, "command": command.rstrip(), "precisions": records}


def main(arguments: list[str]) -> None:
    models: list[dict] = []
    before: list[dict] = []
    if arguments[:1] == ["--keep"]:
        before = json.loads(Path(arguments[1]).read_text())["models"]
        arguments = arguments[2:]
    while arguments:
        assert len(arguments) >= 4, __doc__
        models.append(measured(*arguments[:4]))
        arguments = arguments[4:]
        while arguments and "=" in arguments[0]:
            other, bundle = arguments.pop(0).split("=", 1)
            models.append({**models[-1], "name": other, **weights(bundle)[0]})
    names = {model["name"] for model in models}
    models = [model for model in before if model["name"] not in names] + models
    print(json.dumps({"schema": "seben.measured", "version": 1, "models": models}, indent=2))


if __name__ == "__main__":
    main(sys.argv[1:])
