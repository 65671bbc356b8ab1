// Brings a run's events to the page, each once and in order, whatever the network does.
//
// A socket is joined; its first frame is a snapshot. What was seen is dropped, a hole is
// fetched over HTTP. When sockets do not work, the same events are polled.

const FIRST_WAIT_MS = 300;
const LONGEST_WAIT_MS = 8000;
const POLL_MS = 1000;
const SOCKETS_BEFORE_POLLING = 3;
const QUIET_MS = 20000;
const FINAL_CODES = [4403, 4404];

export class Stream {
  // handlers: seq() -> the last number seen; event(frame); state(word); over() -> bool
  constructor({ socketUrl, eventsUrl, handlers }) {
    Object.assign(this, { socketUrl, eventsUrl, handlers });
    this.failures = 0;
    this.waiting = Promise.resolve();
    this.stopped = false;
  }

  start() {
    addEventListener("online", () => this.#hurry());
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) this.#hurry();
    });
    addEventListener("pagehide", () => this.stop());
    this.#connect();
  }

  stop() {
    this.stopped = true;
    clearTimeout(this.timer);
    clearInterval(this.pinger);
    this.socket?.close();
  }

  #connect() {
    if (this.stopped) return;
    this.handlers.state("connecting");
    const socket = new WebSocket(this.socketUrl);
    this.socket = socket;
    let heardAt = Date.now();
    socket.onmessage = ({ data }) => {
      heardAt = Date.now();
      this.failures = 0;
      this.#take(JSON.parse(data));
    };
    socket.onclose = ({ code }) => {
      clearInterval(this.pinger);
      if (this.socket === socket) this.#lost(code);
    };
    // A connection that is gone without a word is noticed only by asking.
    clearInterval(this.pinger);
    this.pinger = setInterval(() => {
      if (socket.readyState !== WebSocket.OPEN) return;
      if (Date.now() - heardAt > QUIET_MS) socket.close();
      else socket.send('{"type":"ping"}');
    }, QUIET_MS / 2);
  }

  #lost(code) {
    if (this.stopped || this.handlers.over()) return;
    if (FINAL_CODES.includes(code)) {
      this.handlers.state("refused");
      return;
    }
    this.failures += 1;
    this.handlers.state(this.failures > SOCKETS_BEFORE_POLLING ? "polling" : "waiting");
    if (this.failures > SOCKETS_BEFORE_POLLING) this.#enqueue(() => this.#fetch());
    const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (this.failures - 1));
    const polling = this.failures > SOCKETS_BEFORE_POLLING;
    const pause = polling ? POLL_MS : wait * (0.75 + Math.random() / 2);
    this.timer = setTimeout(() => this.#connect(), pause);
  }

  #hurry() {
    if (this.stopped || this.handlers.over()) return;
    if (this.socket?.readyState === WebSocket.OPEN) return;
    clearTimeout(this.timer);
    this.#connect();
  }

  #take(frame) {
    if (frame.type === "pong") return;
    this.handlers.state("live");
    this.#enqueue(() => this.#inOrder(frame));
  }

  // One at a time: a hole is filled before what came after it is looked at.
  #enqueue(step) {
    this.waiting = this.waiting.then(step).catch(() => this.socket?.close());
  }

  async #inOrder(frame) {
    const seen = this.handlers.seq();
    if (frame.seq <= seen) return;
    if (frame.type === "snapshot" || frame.seq > seen + 1) await this.#fetch();
    if (frame.type !== "snapshot" && frame.seq === this.handlers.seq() + 1) {
      this.handlers.event(frame);
    }
    this.#endIfOver();
  }

  async #fetch() {
    const response = await fetch(`${this.eventsUrl}?after=${this.handlers.seq()}`);
    if (!response.ok) throw new Error(`events: ${response.status}`);
    for (const frame of (await response.json()).events) {
      if (frame.seq === this.handlers.seq() + 1) this.handlers.event(frame);
    }
    this.#endIfOver();
  }

  #endIfOver() {
    if (!this.handlers.over() || this.stopped) return;
    this.stop();
    this.handlers.state("over");
  }
}
