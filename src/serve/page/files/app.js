// SPDX-License-Identifier: Apache-2.0
import { makeFile, textOf } from "./formats.js";
import { Microphone } from "./microphone.js";
import { texts } from "./texts.js";
import { authorization, failureOf, transcribe } from "./upload.js";
import { View } from "./view.js";

const $ = (id) => document.getElementById(id);
let language = navigator.language.startsWith("fr") ? "fr" : "en";
let key = "";
let microphone = null;
let upload = null;
let name = "recording";
let models = [];

function say(word, values = {}) {
  return texts[language][word].replace(/\{(\w+)\}/g, (_, field) => values[field]);
}

function translate() {
  document.documentElement.lang = language;
  for (const element of document.querySelectorAll("[data-text]")) element.textContent = say(element.dataset.text);
}

function tell(text, failed = false) {
  $("status").textContent = text;
  $("status").classList.toggle("failed", failed);
}

function fail(error) {
  if (error.name === "AbortError") return;
  if (error.status === 401) {
    $("key-row").hidden = false;
    $("key").focus();
    tell(say("needKey"), true);
    return;
  }
  const known = { NotAllowedError: "denied", NotFoundError: "denied" }[error.name];
  tell(known ? say(known) : error.message === "insecure" ? say("insecure") : say("failed", { why: error.message }), true);
}

function describe(word) {
  $("details").hidden = word === null;
  if (word === null) return;
  const parts = [];
  const isolated = (text) => {
    const out = document.createElement("bdi");
    out.lang = "nqo";
    out.className = "nko";
    out.textContent = text;
    return out;
  };
  parts.push(isolated(word.text));
  if (word.confidence !== undefined) parts.push(" — " + say("sure", { percent: Math.round(word.confidence * 100) }));
  for (const edit of word.edits) {
    parts.push("; ");
    if (edit.kind === "INS") parts.push(isolated(edit.to), " " + say("added"));
    else if (edit.kind === "DEL") parts.push(isolated(edit.from), " " + say("dropped"));
    else parts.push(say("read") + " ", isolated(edit.from), ", " + say("instead") + " ", isolated(edit.to));
    parts.push(` (${Math.round(edit.probability * 100)} %)`);
  }
  $("details").replaceChildren(...parts);
}

const view = new View($("log"), $("provisional"), describe);

function refresh() {
  const empty = view.items.size === 0;
  const timed = view.list.some((item) => item.words.length > 0 || item.segments.length > 0);
  for (const button of document.querySelectorAll(".save, #copy, #clear")) {
    button.disabled = empty || (!timed && ["srt", "vtt"].includes(button.dataset.format));
  }
  $("microphone").setAttribute("aria-pressed", String(microphone !== null));
  $("microphone").firstElementChild.textContent = say(microphone ? "stop" : "speak");
  $("microphone").firstElementChild.dataset.text = microphone ? "stop" : "speak";
  $("microphone").disabled = upload !== null;
  $("file").disabled = microphone !== null;
}

// Whisper's decoder writes other languages than N'Ko.
function orient() {
  const model = models.find((one) => one.id === $("model").value);
  const nko = !model || model.seben.ctc;
  for (const place of [$("log"), $("provisional")]) {
    place.dir = nko ? "rtl" : "auto";
    place.lang = nko ? "nqo" : "";
  }
}

function hear(event) {
  if (event.type === "partial") view.partial(event.text);
  if (event.type === "commit") {
    view.commit(event.item, event.words);
  }
  if (event.type === "final") view.finish(event.item, event.text, event.words, event.corrections ?? null);
  if (event.type === "lag") tell(say("lag", { seconds: Math.round(event.seconds) }));
  refresh();
}

function dated() {
  return "recording-" + new Date().toISOString().slice(0, 16).replace(/[-:]/g, "").replace("T", "-");
}

async function toggleMicrophone() {
  if (microphone) {
    microphone.stop();
    return;
  }
  view.clear();
  $("file").value = "";
  name = dated();
  tell(say("opening"));
  microphone = new Microphone({
    event: hear,
    state: (word) => tell(say(word)),
    failed: (why) => fail(new Error(why)),
    ended: () => {
      microphone = null;
      if (!$("status").classList.contains("failed")) tell(say("done"));
      refresh();
    },
  });
  refresh();
  try {
    await loadModels();
    await microphone.start($("model").value, key);
  } catch (error) {
    const failed = microphone;
    fail(error);
    failed?.finish();
  }
}

async function read(file) {
  if (!file || microphone) return;
  upload?.abort();
  const own = (upload = new AbortController());
  view.clear();
  name = file.name.replace(/\.[^.]*$/, "") || "recording";
  tell(say("reading", { name: file.name }));
  refresh();
  try {
    await transcribe(file, $("model").value, key, own.signal, (event) => {
      if (event.type === "transcript.text.delta") view.append(1, event.delta);
      if (event.type === "transcript.text.done") {
        const words = event.seben.words.map(({ word, ...rest }) => ({ text: word, ...rest }));
        view.finish(1, event.text, words, event.seben.corrections ?? null, event.seben.segments);
        tell(say("done"));
      }
      refresh();
    });
  } catch (error) {
    fail(error);
  }
  if (upload === own) upload = null;
  refresh();
}

function save(format) {
  const types = { txt: "text/plain", srt: "application/x-subrip", vtt: "text/vtt", json: "application/json" };
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([makeFile(format, view.list)], { type: types[format] + ";charset=utf-8" }));
  link.download = `${name}.${format}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

async function loadModels() {
  const response = await fetch("v1/models", { headers: authorization(key) });
  if (!response.ok) throw await failureOf(response);
  const chosen = $("model").value;
  models = (await response.json()).data;
  $("model").replaceChildren(...models.map((model) => new Option(model.id, model.id)));
  if (models.some((model) => model.id === chosen)) $("model").value = chosen;
  orient();
}

$("language").value = language;
$("language").addEventListener("change", () => {
  language = $("language").value;
  translate();
  refresh();
});
$("model").addEventListener("change", orient);
$("microphone").addEventListener("click", toggleMicrophone);
$("file").addEventListener("change", () => read($("file").files[0]));
$("clear").addEventListener("click", () => {
  view.clear();
  tell("");
  refresh();
});
$("copy").addEventListener("click", async () => {
  try {
    await navigator.clipboard.writeText(textOf(view.list));
    tell(say("copied"));
  } catch (error) {
    fail(error);
  }
});
for (const button of document.querySelectorAll(".save")) {
  button.addEventListener("click", () => save(button.dataset.format));
}
$("key-save").addEventListener("click", () => {
  key = $("key").value;
  loadModels().then(() => {
    $("key-row").hidden = true;
    tell("");
  }, fail);
});
for (const kind of ["dragover", "dragleave", "drop"]) {
  $("drop").addEventListener(kind, (event) => {
    event.preventDefault();
    $("drop").classList.toggle("over", kind === "dragover");
    if (kind === "drop") read(event.dataTransfer.files[0]);
  });
}
translate();
refresh();
loadModels().catch(fail);
