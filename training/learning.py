# SPDX-License-Identifier: Apache-2.0
"""The page of a head's training: what it was trained on, its curve, its settings. No scripts, no network."""

import collections
import html
import json
from pathlib import Path

WIDTH, HEIGHT, LEFT, BOTTOM = 720, 300, 56, 32
COLOURS = ("#1668a8", "#b4501e", "#2e8540", "#7a3b9a", "#8a6d00", "#555")


def extractor(contract: dict) -> tuple[str, str]:
    return contract["extractor"]["weights"], contract["extractor"]["precision"]


def _line(points, x_of, y_of, colour: str) -> str:
    path = " ".join(f"{x_of(x):.1f},{y_of(y):.1f}" for x, y in points)
    return f'<polyline fill="none" stroke="{colour}" stroke-width="2" points="{path}"/>'


def chart(series: dict[str, list[tuple[float, float]]], x_label: str, y_label: str) -> str:
    """Lines over a common axis from 0; y is a share, shown in per cent."""
    xs = [x for points in series.values() for x, _ in points] or [1]
    ys = [y for points in series.values() for _, y in points] or [1]
    x_end, y_end = max(xs) or 1, max(0.1, min(1.0, max(ys)))
    x_of = lambda x: LEFT + (WIDTH - LEFT - 130) * x / x_end  # noqa: E731
    y_of = lambda y: HEIGHT - BOTTOM - (HEIGHT - BOTTOM - 12) * min(y, y_end) / y_end  # noqa: E731
    out = [f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" role="img" font-family="sans-serif" font-size="12">']
    for i in range(5):
        y = y_end * i / 4
        out.append(f'<path d="M{LEFT} {y_of(y):.1f}H{WIDTH - 130}" stroke="#ddd"/>'
                   f'<text x="{LEFT - 6}" y="{y_of(y) + 4:.1f}" text-anchor="end">{100 * y:.0f} %</text>')
        x = x_end * i / 4
        out.append(f'<text x="{x_of(x):.1f}" y="{HEIGHT - 12}" text-anchor="middle">{x:.0f}</text>')
    for i, (name, points) in enumerate(series.items()):
        colour = COLOURS[i % len(COLOURS)]
        out.append(_line(points, x_of, y_of, colour))
        last = f" {100 * points[-1][1]:.1f} %" if points else ""
        out.append(f'<text x="{WIDTH - 122}" y="{20 + 16 * i}" fill="{colour}">{html.escape(name + last)}</text>')
    out.append(f'<text x="{WIDTH - 134}" y="{HEIGHT - 12}" text-anchor="end">{html.escape(x_label)}</text>'
               f'<text x="4" y="11">{html.escape(y_label)}</text></svg>')
    return "".join(out)


def write_page(out: Path, args, store, log: Path) -> None:
    rows = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    dev = [row for row in rows if "dev" in row]
    names = list(dev[-1]["dev"]) if dev else []
    errors = {name: [(row["seconds"] / 60, row["dev"][name]["cer"]) for row in dev if name in row["dev"]] for name in names}
    loss = [(row["seconds"] / 60, row["loss"]) for row in rows if "loss" in row]
    worst = max((y for _, y in loss), default=1)
    hours = collections.Counter()
    for item in store.items:
        hours[item.source.split("/")[0]] += item.frames / 50 / 3600
    table = "".join(f"<tr><td>{html.escape(k)}</td><td>{v:.2f} h</td></tr>" for k, v in sorted(hours.items()))
    settings = "".join(f"<tr><td>{html.escape(k)}</td><td>{html.escape(str(v))}</td></tr>" for k, v in sorted(vars(args).items()))
    left_out = "".join(f"<li>{html.escape(line)}</li>" for line in store.left_out[:200])
    (out / "curve.html").write_text(
        '<!doctype html><meta charset="utf-8"><title>Training of a head</title>'
        "<style>body{font-family:sans-serif;max-width:52em;margin:2em auto}td{padding:0 1em 0 0;vertical-align:top}</style>"
        f"<h1>Training of a head</h1><h2>Character error rate, spaces left out</h2>{chart(errors, 'minutes', 'CER')}"
        f"<h2>Loss a label, as a share of the largest ({worst:.2f})</h2>"
        f"{chart({'loss': [(x, y / worst) for x, y in loss]}, 'minutes', 'loss')}<h2>Material</h2><table>{table}</table>"
        f"<h2>Encoder</h2><p>{html.escape(str(extractor(store.contract)))}</p><h2>Settings</h2><table>{settings}</table>"
        f"<h2>Left out: more labels than frames ({len(store.left_out)})</h2><ul>{left_out}</ul>", encoding="utf-8")
