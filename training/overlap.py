# SPDX-License-Identifier: Apache-2.0
"""Which test sentences have a near neighbour among the training sentences.

The text has paradigms: one sentence again and again with another pronoun or tense. The split keeps equal sentences
together, not similar ones, so an error rate "on unseen sentences" has to be looked at without them too.
"""

import json
from pathlib import Path

RUN = 4  # words


def _with_holes(words: list[str]):
    """The sentence with any one of its words left open."""
    for i in range(len(words)):
        yield len(words), i, tuple(words[:i] + words[i + 1 :])


def _runs(words: list[str]):
    return (tuple(words[i : i + RUN]) for i in range(len(words) - RUN + 1))


def sentences(stem: Path) -> list[str]:
    return [row["text"] for row in json.loads(stem.with_suffix(".json").read_text())]


def distant(training: list[str], test: list[str]) -> set[str]:
    """Test sentences that no training sentence equals but for one word, or shares a run of four words with."""
    holes, runs = set(), set()
    for sentence in training:
        words = sentence.split()
        holes.update(_with_holes(words))
        runs.update(_runs(words))
    return {
        sentence
        for sentence in test
        if holes.isdisjoint(_with_holes(sentence.split())) and runs.isdisjoint(_runs(sentence.split()))
    }
