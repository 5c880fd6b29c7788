# SPDX-License-Identifier: Apache-2.0
"""Quick checks that need neither a corpus nor a trained model.

usage: python -m training.selfcheck [--text ../shared/data/text/nko_train.txt]
The mel is compared with transformers' WhisperFeatureExtractor where that is installed, the splits where the text is.
"""

import argparse
import itertools
from pathlib import Path

import numpy as np
import torch
from torch import nn

from . import compare, features, heads, latin, manifest, measure, nobody, prepare, scoring, spelling, spkt, text, windows
from .head import loss_of
from .mapping import Mapping
from .mel import WINDOW_SAMPLES, LogMel
from .model import HeadLayer, Recogniser, Shape
from .phonemes import to_phonemes
from .sources import phrases
from .sources.ipa import to_ipa
from .stored import Batch


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


def check_letters() -> str:
    """Latin by the cases of tests/core/text/nko/transliterate_test.cc; Yoruba by its table."""
    cases = {
        "a e i \u025b u o \u0254": "\u07ca \u07cb \u07cc \u07cd \u07ce \u07cf \u07d0", "baara": "\u07d3\u07ca\u07ef\u07d9\u07ca",
        "min": "\u07e1\u07cc\u07f2", "maanna": "\u07e1\u07ca\u07f2\u07ef\u07e3\u07ca", "fai": "\u07dd\u07ca\u07cc",
        "t'a": "\u07d5\u07f4\u07ca", "gba rra": "\u07dc\u07ca \u07da\u07ca", "nka": "\u07d2\u07de\u07ca", "n": "\u07d2",
        "ga za va sha kha": "\u07dc\u07ed\u07ca \u07d6\u07ed\u07ca \u07dd\u07ed\u07ca \u07db\u07ed\u07ca \u07de\u07ed\u07ca",
        "\u014bana": "\u07d2\u07ca\u07e3\u07ca", "krista": "\u07de\u07d1\u07d9\u07cc\u07db\u07d1\u07d5\u07ca",
        "S\u00e8b\u00e8, 19!": "\u07db\u07cd\u07d3\u07cd\u07f8 \u07c1\u07c9\u07f9",
    }  # fmt: skip
    for written, expected in cases.items():
        assert latin.to_nko(written) == expected, (written, latin.to_nko(written).encode("unicode_escape"))
    assert latin.to_nko("nya") == latin.to_nko("\u0272a")
    yoruba = Mapping.named("yoruba")
    assert yoruba.to_nko("\u00e0w\u1ecdn gb\u1eb9") == "\u07ca\u07e5\u07d0\u07f2 \u07dc\u07cd"  # nasal vowel, gb, open vowels
    assert yoruba.to_nko("n\u1eb9 \u0144b\u00ec") == "\u07e3\u07cd \u07d2\u07d3\u07cc"  # n before a vowel, and a syllable by itself
    assert yoruba.to_nko("x") is None and yoruba.to_nko("o 7") is None
    assert to_ipa("\u07d6\u07ca\u07f2", True) == "\u02c8d\u0292a\u0303" and to_ipa("\u07d6\u07ca\u07f2", False, True) == "\u02c8\u02a4a\u014b"
    return "ok"


def check_labels() -> str:
    assert prepare.label_of("I ni c\u025b!", "latin") == (text.strip_tones(latin.to_nko("i ni c\u025b")), "")
    for line, kind, reason in (("2 muso", "latin", "figures"), ("q\u00e4", "latin", "foreign"), ("ka", "nko", "foreign"), (" ?", "nko", "no text")):
        label, why = prepare.label_of(line, kind)
        assert label == "" and why.startswith(reason), (line, label, why)
    assert prepare.label_of("muso 2", "latin", "bambara") == prepare.label_of("muso fila", "latin")
    assert prepare.label_of("\u07e1\u07ce 2", "nko", "maninka") == (f"\u07e1\u07ce {latin.to_nko('fila')}", "")
    rows = [manifest.Row("", 0.1, "s", "\u07d3\u07ca\u07d3\u07ca", "", "")]  # 4 labels, 5 frames
    assert prepare.infeasible(rows) == {1: 0.0, 2: 1.0, 4: 1.0}
    assert compare.mcnemar(0, 0) == 1 and abs(compare.mcnemar(0, 6) - 2 / 64) < 1e-12
    difference, low, high = compare.paired_interval([(1, 10)] * 20, [(3, 10)] * 20)
    assert abs(difference - 0.2) < 1e-9 and abs(low - 0.2) < 1e-9 and abs(high - 0.2) < 1e-9
    heard = measure.Heard("f", "c", [measure.bare("\u07d3\u07ca"), measure.bare("\u07d3\u07cf \u07db")], {"off": "\u07d3\u07cf\u07db"})
    assert heard.errors("off") == (0, 3)  # the nearer of two spellings, without spaces
    return "ok"


def check_spelling() -> str:
    """A shared vowel is written; what has none by its own sign, foreign ends and other letters stay."""
    cases = {
        "\u07d3\u07df\u07cf": "\u07d3\u07cf\u07df\u07cf",  # two consonants, one vowel
        "\u07d3\u07df\u07de\u07cf\u07f2 \u07de\u07ca": "\u07d3\u07cf\u07df\u07cf\u07de\u07cf\u07f2 \u07de\u07ca",  # three; the nasal mark is not shared
        "\u07de\u07ed\u07d9\u07ca": "\u07de\u07ed\u07ca\u07d9\u07ca",  # behind the mark
        "\u07de\u07d1\u07d9\u07cc": "\u07de\u07d1\u07d9\u07cc",  # a sign that says there is none
        "\u07d3\u07ca\u07df\u07de": "\u07d3\u07ca\u07df\u07de",  # nothing follows
        "\u07d2\u07de\u07ca \u07ca\u07cf": "\u07d2\u07de\u07ca \u07ca\u07cf",
    }
    for written, expected in cases.items():
        assert spelling.full(written) == expected, (written, spelling.full(written).encode("unicode_escape"))
        assert to_phonemes(written) == to_phonemes(expected), written
    return "ok"


def check_phrases() -> str:
    """The best path is that of all paths; a recording is cut where it pauses, not where it only has a space."""
    rng = np.random.default_rng(2)
    log_probs = np.log(rng.dirichlet(np.ones(text.CLASSES) / 4, 7))
    labels = [3, 3, text.SPACE]
    begins, score = phrases.align(log_probs, labels)
    paths = [p for p in itertools.product([3, text.SPACE, text.BLANK], repeat=7) if scoring.greedy(list(p)) == labels]
    best = max(paths, key=lambda p: sum(log_probs[t, c] for t, c in enumerate(p)))
    assert abs(score * 3 - sum(log_probs[t, c] for t, c in enumerate(best))) < 1e-9, (score, best)
    assert begins == [t for t in range(7) if best[t] != text.BLANK and (t == 0 or best[t] != best[t - 1])], (begins, best)
    samples = np.sin(np.arange(3 * manifest.RATE) / 5).astype(np.float32)
    samples[22000:26000] = 0
    labels, begins = [1, text.SPACE, 2, text.SPACE, 3], [5, 20, 42, 50, 60]  # 640 samples each
    found = phrases.cuts(samples, labels, begins, 0)
    assert len(found) == 1 and found[0][0] == 1 and 22000 < found[0][1] < 26000, found
    pieces = list(phrases.phrases([1, 2, text.SPACE, 2, 4], [(2, 24000)], len(samples), 0.5, 9.0))
    assert pieces == [(0, 24000, [1, 2]), (0, 48000, [1, 2, text.SPACE, 2, 4]), (24000, 48000, [2, 4])], pieces
    return "ok"


def check_nobody() -> str:
    generator = np.random.default_rng(1)
    for make in dict.fromkeys(nobody.SOUNDS):
        for n in (4000, WINDOW_SAMPLES):
            found = make(n, generator)
            assert len(found) == n and np.isfinite(found).all() and (n < WINDOW_SAMPLES or np.abs(found).max() > 0), make.__name__
    assert np.abs(nobody.sound(WINDOW_SAMPLES, generator)).max() <= 1.001
    return "ok"


def check_windows() -> str:
    """Every utterance is in exactly one window, at its place, and no window is overfull."""
    rows = [manifest.Row(str(i), 0, "s", "\u07d3\u07ca", "", "") for i in range(60)]
    tones = {str(i): np.sin(np.arange(8000 + 700 * i) / (5 + i)).astype(np.float32) for i in range(60)}
    found = list(windows.fill(rows, lambda row: tones[row.audio], 3))
    assert sorted(int(row.audio) for w in found for _, _, row in w.pieces) == list(range(60))
    for w in found:
        assert len(w.samples) == WINDOW_SAMPLES and np.isfinite(w.samples).all()
        assert all(0 <= start < end <= windows.END for start, end, _ in w.pieces)
        assert all(a[1] < b[0] for a, b in zip(w.pieces, w.pieces[1:]))
    lonely = list(windows.alone(rows, lambda row: tones[row.audio]))
    assert len(lonely) == 60 and all(len(w.pieces) == 1 and w.sparse for w in lonely)
    listed = features.entries(0, lonely, whole=True)
    assert len(listed) == 60 and all(e["frames"] == features.WINDOW_FRAMES and e["nko"] == rows[0].nko for e in listed)
    empty = next(w for w in windows.fill(rows, lambda row: tones[row.audio], 3, empty=0.9) if not w.pieces)
    assert features.entries(0, [empty])[0]["nko"] == ""
    alone = [w for w in windows.fill(rows, lambda row: tones[row.audio], 4, sparse=1.0) if w.pieces]
    assert max(len(w.pieces) for w in alone) <= 2 and sum(len(w.pieces) for w in alone) == 60
    return f"ok, {len(found)} windows"


def check_head() -> str:
    """Folding the normalisation is exact; smoothing mixes; a batch's loss is the sum of its items'."""
    torch.manual_seed(1)
    mean, deviation = 10 * torch.randn(24), torch.rand(24) * 5 + 0.1
    x, worst = torch.randn(2, 31, 24) * deviation + mean, 0.0
    for kind in ("conv-bilstm", "transformer"):
        head, raw = heads.make(kind, 24).eval(), heads.make(kind, 24).eval()
        raw.load_state_dict(heads.folded(head, mean, deviation))
        with torch.no_grad():
            worst = max(worst, float((head((x - mean) / deviation) - raw(x)).abs().max()))
    assert worst < 1e-3, worst  # means of up to 30 deviations, in float32
    names = set(heads.make("conv-bilstm", 24).state_dict())
    assert {"input_proj.0.weight", "temporal_ds.0.bias", "encoder.weight_ih_l0", "encoder.bias_hh_l1_reverse", "output_proj.weight"} <= names
    batch = Batch(x, torch.tensor([16, 16]), torch.tensor([1, 2, 3]), torch.tensor([1, 2]), ["a", "b"])
    logits = torch.randn(2, 16, text.CLASSES)
    plain, smooth, uniform = (float(loss_of(logits, batch, s)) for s in (0.0, 0.1, 1.0))
    assert abs(smooth - (0.9 * plain + 0.1 * uniform)) < 1e-4
    codes = np.zeros((1, 36), np.uint8)
    codes[0, :32] = np.arange(32)
    codes[0, 32:] = np.frombuffer(np.array([0.5, -1.0], "<f2").tobytes(), np.uint8)
    assert np.allclose(spkt.restore(codes)[0], -1.0 + 0.5 * np.arange(32))
    return f"ok, folding max abs {worst:.1e}"


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
    print("letters:", check_letters())
    print("labels:", check_labels())
    print("spelling:", check_spelling())
    print("phrases:", check_phrases())
    print("nobody:", check_nobody())
    print("windows:", check_windows())
    print("head:", check_head())
    print("splits:", check_splits(args.text))


if __name__ == "__main__":
    main()
