# SPDX-License-Identifier: Apache-2.0
"""The learning curve as SVG, drawn without a plotting library so that it can be made again anywhere."""

from pathlib import Path

WIDTH, HEIGHT, LEFT, BOTTOM = 640, 320, 56, 40


def write_svg(path: Path, curve: list[dict]) -> None:
    """`curve`: rows with seconds, cer_dev and cer_dev_unseen, in order."""
    minutes = [row["seconds"] / 60 for row in curve]
    top = min(1.0, max(max(row["cer_dev"], row["cer_dev_unseen"]) for row in curve) * 1.05)

    def x(value: float) -> float:
        return LEFT + (WIDTH - LEFT - 16) * value / max(minutes)

    def y(value: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - 16) * min(value, top) / top

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
    ]
    for step in range(0, 11):
        value = top * step / 10
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH - 16}" y1="{y(value):.1f}" y2="{y(value):.1f}" stroke="#ddd"/>')
        if step % 2 == 0:
            parts.append(f'<text x="{LEFT - 8}" y="{y(value) + 4:.1f}" text-anchor="end">{100 * value:.0f} %</text>')
    for tick in range(0, int(max(minutes)) + 1, 10):
        parts.append(f'<text x="{x(tick):.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{tick}</text>')
    parts.append(f'<text x="{WIDTH / 2}" y="{HEIGHT - 6}" text-anchor="middle">minutes of training</text>')
    for number, (key, color, label) in enumerate((("cer_dev", "#1f6f8b", "seen voices"), ("cer_dev_unseen", "#c1440e", "unseen voices"))):
        points = " ".join(f"{x(m):.1f},{y(row[key]):.1f}" for m, row in zip(minutes, curve))
        parts.append(f'<polyline points="{points}" fill="none" stroke="{color}" stroke-width="2"/>')
        parts.append(f'<text x="{WIDTH - 24}" y="{32 + 16 * number}" text-anchor="end" fill="{color}">CER, {label}</text>')
    path.write_text("\n".join(parts) + "\n</svg>\n")
