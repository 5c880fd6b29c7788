# SPDX-License-Identifier: Apache-2.0
"""Times the log-mel of one 30 s window (80 bins, one thread) here, in whisper.cpp and in Hugging Face's numpy code, in
turn, round after round, and prints medians and ratios.

usage: mel.py --seben BIN_DIR [--whisper-cpp PROGRAM MODEL] [--rounds 20]

BIN_DIR holds contender_seben_mel (preset `bench`). PROGRAM is contender_whisper_cpp_mel.cc compiled against a
whisper.cpp build, MODEL any ggml model with 80 bins. Run it with a Python that has numpy and transformers.
"""

import argparse
import os
import statistics
import sys
from pathlib import Path

from compare import HERE, Contender


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seben", type=Path, required=True)
    parser.add_argument("--whisper-cpp", nargs=2, metavar=("PROGRAM", "MODEL"))
    parser.add_argument("--rounds", type=int, default=20)
    args = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"
    contenders = [Contender("seben", [args.seben / "contender_seben_mel"])]
    if args.whisper_cpp:
        contenders.append(Contender("whisper.cpp", args.whisper_cpp))
    contenders.append(Contender("Hugging Face", [sys.executable, HERE / "contender_hf_mel.py"]))
    for round_number in range(args.rounds + 1):  # round 0 warms up and is not counted
        for contender in contenders:
            seconds = contender.run()
            if round_number > 0:
                contender.seconds.append(seconds)
    ours = statistics.median(contenders[0].seconds)
    for contender in contenders:
        median = statistics.median(contender.seconds)
        print(f"{contender.name:14} {1000 * median:8.2f} ms   {median / ours:6.1f} x")
        contender.close()


if __name__ == "__main__":
    main()
