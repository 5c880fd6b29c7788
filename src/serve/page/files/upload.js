// SPDX-License-Identifier: Apache-2.0
// A file to /v1/audio/transcriptions, its text as it becomes final.

export class ServerError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

export function authorization(key) {
  return key ? { Authorization: "Bearer " + key } : {};
}

export async function failureOf(response) {
  let message = response.statusText;
  try {
    message = (await response.json()).error.message;
  } catch {
    // not one of the server's own answers
  }
  return new ServerError(response.status, message);
}

// Calls `event` with each event of the stream, in order.
export async function transcribe(file, model, key, signal, event) {
  const form = new FormData();
  form.append("model", model);
  form.append("stream", "true");
  form.append("file", file);
  const response = await fetch("v1/audio/transcriptions", {
    method: "POST", body: form, headers: authorization(key), signal,
  });
  if (!response.ok) throw await failureOf(response);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) break;
    text += value;
    let end;
    while ((end = text.indexOf("\n\n")) >= 0) {
      const line = text.slice(0, end);
      text = text.slice(end + 2);
      if (!line.startsWith("data: ")) continue;
      const message = JSON.parse(line.slice(6));
      if (message.type === "error") throw new ServerError(500, message.error.message);
      event(message);
    }
  }
}
