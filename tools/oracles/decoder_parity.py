# SPDX-License-Identifier: Apache-2.0
"""Writes a text decoder of a large model's width with invented weights, features, a text, and what transformers scores
after each of its tokens, for one test:

  scripts/setup-oracles && build/venv-oracles/bin/python -m tools.oracles.decoder_parity build/decoder-parity
  SEBEN_DECODER_PARITY=build/decoder-parity build/release/bin/test_whisper --gtest_filter='*LargeModel*'
"""

import argparse
import json
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import WhisperConfig, WhisperForConditionalGeneration


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--width", type=int, default=1280)
    parser.add_argument("--layers", type=int, default=2)
    parser.add_argument("--vocabulary", type=int, default=51866)
    args = parser.parse_args()
    sizes = {"vocab_size": args.vocabulary, "d_model": args.width, "decoder_layers": args.layers,
             "decoder_attention_heads": args.width // 64, "decoder_ffn_dim": 4 * args.width,
             "max_target_positions": 448, "max_source_positions": 1500}
    torch.manual_seed(3)
    config = WhisperConfig(**sizes, encoder_layers=1, encoder_attention_heads=1, encoder_ffn_dim=8, num_mel_bins=80,
                           activation_function="gelu", suppress_tokens=[], begin_suppress_tokens=[])
    model = WhisperForConditionalGeneration(config).eval()
    with torch.no_grad():
        for name, p in model.model.decoder.named_parameters():
            p.copy_(torch.randn_like(p) * (1.2 / p.shape[-1] ** 0.5 if p.ndim == 2 else 0.05))
            if "layer_norm.weight" in name:
                p.add_(1.0)
        model.model.decoder.embed_tokens.weight.mul_(4.0)
        features = torch.randn(1, 1500, args.width)
        tokens = torch.randint(args.vocabulary, (1, 24))
        logits = model(encoder_outputs=(features,), decoder_input_ids=tokens).logits[0]
    args.folder.mkdir(parents=True, exist_ok=True)
    weights = {f"model.decoder.{k}": v.contiguous() for k, v in model.model.decoder.state_dict().items()}
    save_file(weights, args.folder / "model.safetensors")
    save_file({"features": features[0].contiguous(), "tokens": tokens[0].int(), "logits": logits.contiguous()},
              args.folder / "reference.safetensors")
    (args.folder / "config.json").write_text(json.dumps(sizes) + "\n")
    print("decoder_parity: logits", tuple(logits.shape), "standard deviation", float(logits.std()))


if __name__ == "__main__":
    main()
