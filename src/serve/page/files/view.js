// SPDX-License-Identifier: Apache-2.0
// What was heard, word by word: committed words stay, provisional ones stand apart, details are a word's away.

const kUnsure = 0.5;

export class View {
  // details(word or null): called when a word is pointed at or reached by keyboard
  constructor(log, provisional, details) {
    this.log = log;
    this.provisional = provisional;
    this.details = details;
    this.items = new Map();
    log.addEventListener("pointerover", (event) => this.show(event.target));
    log.addEventListener("focusin", (event) => this.show(event.target));
    log.addEventListener("keydown", (event) => this.move(event));
  }

  get list() {
    return [...this.items.values()].map(({ text, words, segments, corrections }) => ({ text, words, segments, corrections }));
  }

  clear() {
    this.items.clear();
    this.log.replaceChildren();
    this.provisional.textContent = "";
    this.details(null);
  }

  item(id) {
    let item = this.items.get(id);
    if (!item) {
      item = { text: "", words: [], segments: [], corrections: null, line: document.createElement("p") };
      this.items.set(id, item);
      this.log.append(item.line);
    }
    return item;
  }

  // Plain text that stays, before its words are known.
  append(id, text) {
    const item = this.item(id);
    item.text += text;
    item.line.append(text);
  }

  commit(id, words) {
    const item = this.item(id);
    for (const word of words) {
      if (item.words.length > 0) item.line.append(" ");
      item.words.push(word);
      item.line.append(this.element(word, null));
    }
    item.text = item.words.map((word) => word.text).join(" ");
    this.provisional.textContent = "";
  }

  partial(text) {
    this.provisional.textContent = text;
  }

  // The corrected text takes the place of the committed words; where it is the same, nothing is read out again.
  // Segments have the times of a text whose words have none.
  finish(id, text, words, corrections, segments = []) {
    const item = this.item(id);
    this.provisional.textContent = "";
    const same = item.text === text && item.line.children.length === words.length;
    Object.assign(item, { text, words, segments, corrections });
    if (text === "") {
      item.line.remove();
      this.items.delete(id);
    } else if (same) {
      words.forEach((word, i) => this.dress(item.line.children[i], word, corrections));
    } else if (words.length === 0) {
      item.line.textContent = text;
    } else {
      item.line.replaceChildren();
      words.forEach((word, i) => item.line.append(i > 0 ? " " : "", this.element(word, corrections)));
    }
  }

  element(word, corrections) {
    const out = document.createElement("span");
    out.className = "word";
    out.textContent = word.text;
    out.tabIndex = this.log.querySelector(".word[tabindex='0']") ? -1 : 0;
    this.dress(out, word, corrections);
    return out;
  }

  dress(element, word, corrections) {
    const edits = (corrections?.edits ?? []).filter((edit) => edit.start < word.end && edit.end > word.start);
    element.word = { ...word, edits };
    element.classList.toggle("unsure", word.confidence < kUnsure && edits.length === 0);
    element.classList.toggle("corrected", edits.length > 0);
  }

  show(target) {
    if (target.word) this.details(target.word);
  }

  // Right to left: the left arrow goes on.
  move(event) {
    const step = { ArrowLeft: 1, ArrowRight: -1, ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || !event.target.word) return;
    const words = [...this.log.querySelectorAll(".word")];
    const next = words[words.indexOf(event.target) + step];
    if (!next) return;
    event.preventDefault();
    event.target.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  }
}
