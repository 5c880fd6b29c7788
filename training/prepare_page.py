# SPDX-License-Identifier: Apache-2.0
"""The page of training.prepare: how long recordings are, how fast is spoken, what was left out. No scripts, no network."""

import collections
import html
from pathlib import Path

import numpy as np

WIDTH, HEIGHT, LEFT, BOTTOM = 640, 200, 48, 34


def histogram(values: list[float], label: str, bins: int = 32) -> str:
    if not values:
        return "<p>nothing</p>"
    counts, edges = np.histogram(values, bins=bins, range=(0, max(float(np.percentile(values, 99.5)), 1e-6)))
    wide, high = (WIDTH - LEFT - 8) / bins, HEIGHT - BOTTOM - 10
    out = [f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" role="img" font-family="sans-serif" font-size="11">']
    for i, count in enumerate(counts):
        tall = high * count / max(1, counts.max())
        out.append(f'<rect x="{LEFT + i * wide:.1f}" y="{HEIGHT - BOTTOM - tall:.1f}" width="{wide - 1:.1f}" height="{tall:.1f}" '
                   'fill="#1668a8"/>')
    for i in range(0, bins + 1, bins // 8):
        out.append(f'<text x="{LEFT + i * wide:.1f}" y="{HEIGHT - BOTTOM + 14}" text-anchor="middle">{edges[i]:.1f}</text>')
    median, p90 = np.percentile(values, [50, 90])
    out.append(f'<text x="{LEFT - 4}" y="18" text-anchor="end">{counts.max()}</text>'
               f'<text x="{LEFT}" y="{HEIGHT - 4}">{html.escape(label)}; median {median:.1f}, p90 {p90:.1f}</text></svg>')
    return "".join(out)


def write(path: Path, rows, found, shares: dict[int, float]) -> None:
    reasons = collections.Counter(f.reason.split(":")[0] for f in found)
    hours = collections.Counter()
    for row in rows:
        hours[row.split, row.source, row.licence] += row.seconds / 3600
    material = "".join(f"<tr><td>{'</td><td>'.join(map(html.escape, key))}</td><td>{h:.2f} h</td></tr>" for key, h in sorted(hours.items()))
    left = "".join(f"<tr><td>{html.escape(reason)}</td><td>{n}</td></tr>" for reason, n in reasons.most_common())
    cannot = "".join(f"<tr><td>stride {s}</td><td>{100 * share:.1f} %</td></tr>" for s, share in shares.items())
    rates = [len(r.nko.replace(" ", "")) / r.seconds for r in rows]
    path.write_text(
        '<!doctype html><meta charset="utf-8"><title>Recordings for training</title>'
        "<style>body{font-family:sans-serif;max-width:48em;margin:2em auto}td{padding:0 1em 0 0}</style>"
        f"<h1>{len(rows)} recordings</h1><table>{material}</table>"
        f"<h2>Seconds</h2>{histogram([r.seconds for r in rows], 'seconds')}"
        f"<h2>Letters a second, without spaces</h2>{histogram(rates, 'letters a second')}"
        f"<h2>More labels than frames</h2><table>{cannot}</table>"
        f"<h2>Left out ({len(found)}; all in report.txt)</h2><table>{left}</table>", encoding="utf-8")
