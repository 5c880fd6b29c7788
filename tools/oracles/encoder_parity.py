# SPDX-License-Identifier: Apache-2.0
"""Seben's encoder against Hugging Face's, stage by stage, on seeded random weights of trained scale.

  scripts/setup-oracles && cmake --build --preset release --target seben-parity
  build/venv-oracles/bin/python -m tools.oracles.encoder_parity --size large-v3 --program build/release/bin/seben-parity

The model and the reference are kept in --folder and reused. Exit status 1 when a bound is exceeded.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

from safetensors.numpy import save_file

from tools.oracles.whisper_weights import SIZES, make, make_mel

STAGE_BOUND = 1e-11  # mean squared error of one stage in f32
ENCODER_BOUND = 1e-9  # and of the whole encoder


def prepare(folder: Path, size_name: str, seed: int) -> None:
    """Writes config.json, model.safetensors, reference.safetensors and scale.txt."""
    from tools.oracles.whisper_oracle import WhisperOracle, scale_report

    size = SIZES[size_name]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(size.config(), indent=2) + "\n")
    tensors = make(size, seed)
    save_file(tensors, folder / "model.safetensors")
    oracle = WhisperOracle(size.config(), tensors)
    stages = oracle.stages(make_mel(size, seed + 1))
    (folder / "scale.txt").write_text(scale_report(oracle, stages) + "\n")
    save_file({name: stage for name, stage in stages.items()}, folder / "reference.safetensors")
    (folder / "oracle.json").write_text(json.dumps(own_errors(oracle, stages)) + "\n")


def own_errors(oracle, stages: dict) -> dict[str, float]:
    """The oracle's own rounding: its float32 against its float64."""
    pairs = {name: name for name in oracle.stage_names()} | {"encoder": "finalnorm"}
    return {
        stage: float(((stages[f"exact.{stage}"].astype("f8") - stages[output]) ** 2).mean())
        for stage, output in pairs.items()
    }


def measure(program: Path, folder: Path, precision: str, threads: int) -> dict:
    command = [program, "encoder", folder, folder / "reference.safetensors", precision, str(threads)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def table(stages: list[dict], own: dict[str, float]) -> str:
    lines = [
        "| stage | mse | max abs | cosine | mse from float64 | Hugging Face f32 from float64 |",
        "|---|---|---|---|---|---|",
    ]
    for entry in stages:
        r, e = entry["reference"], entry["exact"]
        lines.append(
            f"| {entry['stage']} | {r['mse']:.2e} | {r['max_abs']:.2e} | {r['cosine']:.9f} "
            f"| {e['mse']:.2e} | {own[entry['stage']]:.2e} |"
        )
    return "\n".join(lines)


def within_bounds(stages: list[dict]) -> bool:
    return all(
        entry["reference"]["mse"] <= (ENCODER_BOUND if entry["stage"] == "encoder" else STAGE_BOUND) for entry in stages
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", choices=SIZES, default="tiny")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="default: build/parity/<size>")
    parser.add_argument("--program", type=Path, default=Path("build/release/bin/seben-parity"))
    parser.add_argument("--precisions", default="f32,bf16,int8")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()

    folder = options.folder or Path("build/parity") / options.size
    if not (folder / "oracle.json").exists():
        prepare(folder, options.size, options.seed)
    own = json.loads((folder / "oracle.json").read_text())
    print((folder / "scale.txt").read_text())
    good = True
    for precision in options.precisions.split(","):
        result = measure(options.program, folder, precision, options.threads)
        megabytes = {key: result[key] / 1e6 for key in ("weight_bytes", "peak_resident_bytes")}
        print(
            f"{precision}: weights {megabytes['weight_bytes']:.0f} MB, "
            f"peak resident {megabytes['peak_resident_bytes']:.0f} MB after the first window, "
            f"loaded in {result['load_seconds']:.1f} s\n\n{table(result['stages'], own)}\n"
        )
        if precision == "f32":
            good = within_bounds(result["stages"])
            print("f32 within the bounds" if good else "f32 EXCEEDS the bounds", end="\n\n")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
