// SPDX-License-Identifier: Apache-2.0
// Runs beside the page's own code: samples of the microphone become pieces of 100 ms, 16 bits each.
class Recorder extends AudioWorkletProcessor {
  constructor() {
    super();
    this.size = Math.round(sampleRate / 10);
    this.piece = new Int16Array(this.size);
    this.filled = 0;
    this.open = true;
    this.port.onmessage = () => {
      this.send();
      this.open = false;
      this.port.postMessage(null);
    };
  }

  send() {
    if (this.filled === 0) return;
    const bytes = this.piece.slice(0, this.filled).buffer;
    this.port.postMessage(bytes, [bytes]);
    this.filled = 0;
  }

  process(inputs) {
    const samples = inputs[0][0];
    if (samples !== undefined) {
      for (const sample of samples) {
        this.piece[this.filled++] = Math.round(Math.max(-1, Math.min(1, sample)) * 32767);
        if (this.filled === this.size) this.send();
      }
    }
    return this.open;
  }
}

registerProcessor("recorder", Recorder);
