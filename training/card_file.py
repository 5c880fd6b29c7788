# SPDX-License-Identifier: Apache-2.0
"""A card in a bundle: README.md, with its size and digest in bundle.json."""

import hashlib
import json
from pathlib import Path


def put(bundle: Path, card: str) -> None:
    """In place of the one that the bundle has; bundle.json stays as it was otherwise."""
    listing = bundle / "bundle.json"
    manifest = json.loads(listing.read_text(encoding="utf-8"))
    data = card.encode()
    entry = next((file for file in manifest["files"] if file["role"] == "card"), None)
    if entry is None:
        entry = {"path": "README.md"}
        manifest["files"].append(entry)
    entry.update({"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest(), "role": "card"})
    (bundle / entry["path"]).write_bytes(data)
    listing.write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
