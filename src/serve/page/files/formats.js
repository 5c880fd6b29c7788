// SPDX-License-Identifier: Apache-2.0
// What was heard as files: the same text in logical order, without marks of direction.

const kPause = 0.8; // seconds between words that end a cue; the limits are those of the program's own subtitles
const kLongest = 7.0;
const kWidest = 42;

function clock(seconds, decimal) {
  const ms = Math.round(Math.max(seconds, 0) * 1000);
  const two = (number) => String(number).padStart(2, "0");
  return `${two(Math.floor(ms / 3600000))}:${two(Math.floor(ms / 60000) % 60)}:${two(Math.floor(ms / 1000) % 60)}` +
    decimal + String(ms % 1000).padStart(3, "0");
}

function cuesOf(items) {
  const cues = [];
  for (const item of items) {
    if (item.words.length === 0) cues.push(...item.segments);
    let cue = null;
    for (const word of item.words) {
      const longer = cue ? [...cue.text].length + 1 + [...word.text].length : 0;
      if (!cue || word.start - cue.end >= kPause || longer > kWidest || word.end - cue.start > kLongest) {
        cue = { start: word.start, end: word.end, text: word.text };
        cues.push(cue);
      } else {
        cue.text += " " + word.text;
        cue.end = word.end;
      }
    }
  }
  return cues;
}

const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

export function textOf(items) {
  return items.map((item) => item.text).filter((text) => text !== "").join("\n");
}

export function makeFile(format, items) {
  switch (format) {
    case "txt":
      return textOf(items) + "\n";
    case "srt":
      return cuesOf(items)
        .map((cue, i) => `${i + 1}\n${clock(cue.start, ",")} --> ${clock(cue.end, ",")}\n${cue.text}\n\n`).join("");
    case "vtt":
      return "WEBVTT\n\n" + cuesOf(items)
        .map((cue) => `${clock(cue.start, ".")} --> ${clock(cue.end, ".")}\n${escaped(cue.text)}\n\n`).join("");
    default:
      return JSON.stringify({ text: textOf(items), items }, null, 1) + "\n";
  }
}
