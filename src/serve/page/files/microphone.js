// SPDX-License-Identifier: Apache-2.0
// From the microphone to /v1/stream, and its events back.

const kMostWaiting = 1.0; // seconds of sound in the socket's buffer before the page says that it is behind

// A context at 16 kHz has the browser resample the microphone. Where that cannot be, the server is told the rate.
async function openSound(stream) {
  for (const options of [{ sampleRate: 16000 }, {}, { sampleRate: 48000 }]) {
    let context;
    try {
      context = new AudioContext(options);
      if (context.sampleRate > 48000) throw new Error("a rate that the server does not take");
      const source = context.createMediaStreamSource(stream);
      await context.audioWorklet.addModule("worklet.js");
      return { context, source };
    } catch (error) {
      await context?.close();
      if (options.sampleRate === 48000) throw error;
    }
  }
}

export class Microphone {
  // handlers: event(message), state(word), failed(text), ended()
  constructor(handlers) {
    this.handlers = handlers;
    this.over = false;
  }

  async start(model, key) {
    if (!navigator.mediaDevices) throw new Error("insecure");
    this.tracks = await navigator.mediaDevices.getUserMedia({
      audio: { channelCount: 1, echoCancellation: false, noiseSuppression: false, autoGainControl: false },
    });
    const { context, source } = await openSound(this.tracks);
    this.context = context;
    this.source = source;
    await this.connect(model, key);
    this.node = new AudioWorkletNode(context, "recorder", { numberOfOutputs: 0 });
    this.node.port.onmessage = (message) => this.take(message.data);
    source.connect(this.node);
    await context.resume();
    this.handlers.state("listening");
  }

  connect(model, key) {
    const address = new URL("v1/stream", location.href);
    address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
    const protocols = key ? ["seben-stream", "openai-insecure-api-key." + key] : ["seben-stream"];
    this.socket = new WebSocket(address, protocols);
    return new Promise((resolve, reject) => {
      this.socket.onopen = () => {
        const rate = this.context.sampleRate;
        this.socket.send(JSON.stringify({ type: "start", rate, model, partials: true }));
      };
      this.socket.onmessage = (message) => {
        const event = JSON.parse(message.data);
        if (event.type === "ready") resolve();
        if (event.type === "error") this.handlers.failed(event.error.message);
        if (event.type === "done") this.finish();
        this.handlers.event(event);
      };
      this.socket.onclose = (closed) => {
        reject(new Error(closed.reason || "closed"));
        if (!this.over) this.handlers.failed(closed.reason || "closed");
        this.finish();
      };
    });
  }

  take(bytes) {
    if (bytes === null) {
      this.socket.send(JSON.stringify({ type: "end" }));
      return;
    }
    if (this.socket.readyState !== WebSocket.OPEN) return;
    this.socket.send(bytes);
    const waiting = this.socket.bufferedAmount / (2 * this.context.sampleRate);
    this.handlers.state(waiting > kMostWaiting ? "behind" : "listening");
  }

  // Sends what is left; the last words come after it.
  stop() {
    if (!this.node) return this.finish();
    this.handlers.state("finishing");
    this.source.disconnect();
    this.tracks.getTracks().forEach((track) => track.stop());
    this.node.port.postMessage("stop");
    return undefined;
  }

  finish() {
    if (this.over) return;
    this.over = true;
    this.tracks?.getTracks().forEach((track) => track.stop());
    this.context?.close();
    this.socket?.close();
    this.handlers.ended();
  }
}
