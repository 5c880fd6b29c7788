# SPDX-License-Identifier: Apache-2.0
"""Quick checks that need neither a corpus nor a trained model.

usage: python -m training.selfcheck [--text ../shared/data/text/nko_train.txt]
The mel is compared with transformers' WhisperFeatureExtractor where that is installed, the splits where the text is.
"""

import argparse
from pathlib import Path

import numpy as np
import torch
from torch import nn

from . import scoring, text
from .mel import WINDOW_SAMPLES, LogMel
from .model import HeadLayer, Recogniser, Shape
from .phonemes import to_phonemes


def check_text() -> str:
    assert text.normalise("\u07d3\u07ca-\u07de\u07cf") == "\u07d3\u07ca \u07de\u07cf"  # a hyphen parts words
    for hidden in "\u200c\u200b\ufeff\u00ad\u034f\ufe0f\0":
        assert text.normalise(f"\u07d3{hidden}\u07ca") == "\u07d3\u07ca", hidden  # what nobody sees does not
    assert text.strip_tones("\u07de\u07d0\u07eb\u07f2") == "\u07de\u07d0\u07f2"  # tone dropped, nasal mark kept
    assert text.labels("\u07c0 \u07ff") == [0, text.SPACE, 63]
    assert text.frames_needed([1, 1, 2]) == 4
    assert text.split_of("\u07de\u07d0\u07eb") == text.split_of("\u07de\u07d0")  # tones never move a sentence
    assert scoring.greedy([65, 1, 1, 65, 1, 2]) == [1, 1, 2] and scoring.edits([1, 2, 3], [1, 3]) == 1
    return "ok"


def check_phonemes() -> str:
    cases = {
        "\u07d3\u07ca\u07ef": "ba:4",  # long high
        "\u07d8\u07d0\u07f2": "dO3N",  # final nasal
        "\u07d8\u07cb\u07f2\u07de\u07cb": "de3Nke3",  # nasal takes the place of what follows
        "\u07de\u07d9\u07ca": "ka3r/a3",  # elided vowel is shared
    }
    for written, expected in cases.items():
        assert to_phonemes(written) == expected, (written.encode("unicode_escape"), to_phonemes(written), expected)
    return "ok"


def check_mel() -> str:
    try:
        from transformers import WhisperFeatureExtractor
    except ImportError:
        return "left out: transformers is not installed"
    generator = np.random.default_rng(0)
    samples = np.zeros(WINDOW_SAMPLES, np.float32)
    samples[8000:40000] = 0.1 * generator.standard_normal(32000)
    extractor = WhisperFeatureExtractor(feature_size=128)
    expected = np.asarray(extractor(samples, sampling_rate=16000, return_tensors="np").input_features[0])
    worst = float(np.abs(LogMel(128)(torch.from_numpy(samples)).numpy() - expected).max())
    # Both compute in float32 and sum in different orders; log10 of bins near the floor is the sensitive place.
    assert worst < 1e-4, worst
    return f"ok, max abs {worst:.1e} against transformers"


def check_model() -> str:
    """The head's layer is PyTorch's own post-norm layer under the same names, and time is halved twice."""
    torch.manual_seed(0)
    shape = Shape(d_model=32, heads=2, layers=1, head_width=32, head_heads=2, head_layers=1)
    ours = HeadLayer(shape).eval()
    theirs = nn.TransformerEncoderLayer(32, 2, 128, activation="gelu", batch_first=True, norm_first=False).eval()
    theirs.load_state_dict(ours.state_dict())
    x = torch.randn(2, 9, 32)
    with torch.no_grad():
        worst = float((ours(x) - theirs(x)).abs().max())
        logits = Recogniser(shape).eval()(torch.zeros(1, shape.n_mels, 3000))
    assert worst < 1e-5, worst
    assert logits.shape == (1, 750, text.CLASSES), logits.shape
    return f"ok, layer max abs {worst:.1e}"


def check_splits(path: Path) -> str:
    if not path.exists():
        return f"left out: no {path}"
    parts = {name: {s.written for s in found} for name, found in text.load(path, 8, False).items()}
    names = list(parts)
    for i, left in enumerate(names):
        for right in names[i + 1 :]:
            assert not parts[left] & parts[right], (left, right)
    assert len(parts["ranker"]) >= 6000
    return "ok, " + ", ".join(f"{name} {len(found)}" for name, found in parts.items())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--text", type=Path, default=Path("../shared/data/text/nko_train.txt"))
    args = parser.parse_args()
    print("text:", check_text())
    print("phonemes:", check_phonemes())
    print("mel:", check_mel())
    print("model:", check_model())
    print("splits:", check_splits(args.text))


if __name__ == "__main__":
    main()
