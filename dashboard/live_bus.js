// One socket per tab. It hears of a new version and asks Streamlit to run the page's live fragment again,
// counts the age of the data here in the browser (so that a frozen server shows too), and on a wall turns the
// scenes, shifts the picture against burn-in and loads the page anew when that is what helps.
const ASK_AGAIN = 10_000; // a run that was asked for and did not come
const POLL = 15_000; // safety net while the socket is away
const SILENT = 12_000; // the server sends at least every 5 s
const GIVE_UP = 60_000; // a wall that heard nothing for so long loads anew once the server answers
const RELOAD = 6 * 3_600_000;

class Bus {
  constructor() {
    this.started = performance.now();
    this.heardAt = null;
    this.message = null;
    this.shown = 0;
    this.asked = null;
    this.askedAt = performance.now();
    this.retry = 1_000;
    this.reloading = false;
    this.connect();
    setInterval(() => this.tick(), 1_000);
    document.addEventListener("visibilitychange", () => this.catchUp());
  }

  attach(component) {
    this.root = component.parentElement.querySelector(".bus");
    this.data = component.data;
    this.trigger = component.setTriggerValue;
    this.shown = component.data.shown;
    this.asked = null;
    this.showList();
    this.tick();
    this.catchUp();
  }

  // A number leads to its list, which may lie below the fold: once, so that nobody is moved while reading.
  showList() {
    if (this.listShown || !new URLSearchParams(location.search).has("list")) return;
    this.listShown = true;
    document.querySelector(".tabs")?.scrollIntoView({ block: "start" });
  }

  connect() {
    const address = new URL("/api/live", location.href);
    address.protocol = address.protocol.replace("http", "ws");
    const socket = new WebSocket(address);
    this.socket = socket;
    socket.onmessage = (event) => this.hear(JSON.parse(event.data));
    socket.onclose = () => {
      setTimeout(() => this.connect(), this.retry);
      this.retry = Math.min(this.retry * 2, 8_000);
    };
  }

  hear(message) {
    this.retry = 1_000;
    this.heardAt = performance.now();
    if (this.message && this.message.build !== message.build && this.data?.wall) this.reload();
    this.message = message;
    this.tick();
    this.catchUp();
  }

  catchUp() {
    if (this.message && this.message.version > this.shown && this.data?.live) this.ask(this.message.version);
  }

  ask(what) {
    const now = performance.now();
    if (!this.trigger || document.hidden || (this.asked !== null && now - this.askedAt < ASK_AGAIN)) return;
    this.asked = what;
    this.askedAt = now;
    this.trigger("version", what);
  }

  tick() {
    const now = performance.now();
    if (this.heardAt !== null && now - this.heardAt > 3 * SILENT) this.socket.close();
    if (this.data?.live && this.silent(now) && now - this.askedAt > POLL) this.ask(`poll ${Math.round(now)}`);
    else if (this.data?.live && this.data.every && now - this.askedAt > 1_000 * this.data.every) this.ask(`tick ${Math.round(now)}`);
    else this.catchUp();
    if (this.data?.wall) this.watch(now);
    this.dismissForeign();
    this.draw(now);
  }

  silent(now) {
    return now - (this.heardAt ?? this.started) > SILENT;
  }

  status(now) {
    const texts = this.data.texts;
    if (this.heardAt === null && !this.silent(now)) return ["waiting", "…", texts.waiting, ""];
    const since = (now - (this.heardAt ?? this.started)) / 1_000;
    if (this.silent(now)) return ["offline", "✕", texts.offline, this.say(texts.offline_for, since)];
    const age = this.message.age === null ? null : this.message.age + since;
    const unread = this.message.unread + since;
    if (unread > this.data.limits.unread) return ["offline", "✕", texts.no_database, this.say(texts.offline_for, unread)];
    const jobs = this.message.jobs === null ? null : this.message.jobs + since;
    if (jobs === null) return ["stale", "▲", texts.no_jobs, ""];
    if (jobs > this.data.limits.jobs) return ["stale", "▲", texts.no_jobs, this.say(texts.offline_for, jobs)];
    if (age === null) return ["stale", "▲", texts.stale, texts.no_data];
    const limit = this.message.stale; // null: of no source is any word awaited
    if (limit === null || age <= limit) return ["live", "●", texts.live, this.say(texts.age, age)];
    const source = texts.sources[this.message.source] ?? this.message.source;
    return ["stale", "▲", texts.stale, this.say(texts.silent, age).replace("{source}", () => source)];
  }

  // In words of our own, instead of Streamlit's dialog, which is English and covers the picture.
  notice(now) {
    if (!this.data.live) return "";
    const since = (now - (this.heardAt ?? this.started)) / 1_000;
    if (this.silent(now)) return this.say(this.data.texts.no_answer, since);
    const unread = (this.message?.unread ?? 0) + since;
    return unread > this.data.limits.unread ? this.say(this.data.texts.unread, unread) : "";
  }

  // Hidden by the style sheet; dismissed, so that it does not keep the focus to itself.
  dismissForeign() {
    const dialog = document.querySelector('[data-testid="stDialog"]:not(:has([data-testid="stVerticalBlock"]))');
    (dialog?.querySelector("section, [role=dialog]") ?? dialog)
      ?.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true }));
  }

  say(text, seconds) {
    const units = this.data.texts.units;
    const [value, unit] =
      seconds < 100 ? [seconds, units.s] : seconds < 6_000 ? [seconds / 60, units.min]
        : seconds < 172_800 ? [seconds / 3_600, units.h] : [seconds / 86_400, units.d];
    return text.replace("{time}", unit.replace("{n}", Math.floor(value)));
  }

  draw(now) {
    if (!this.root || !this.data) return;
    const [state, symbol, word, detail] = this.data.live
      ? this.status(now)
      : ["past", "◷", this.data.texts.past, this.data.texts.as_of];
    document.documentElement.dataset.bus = state;
    this.root.dataset.state = state;
    this.root.classList.toggle("big", Boolean(this.data.wall));
    const parts = { replay: this.replay(), symbol, word, detail, clock: this.clock(now), zone: this.zone(), notice: this.notice(now) };
    for (const [part, text] of Object.entries(parts)) {
      const node = this.root.querySelector(`.${part}`);
      if (node.textContent !== text) node.textContent = text;
    }
  }

  replay() {
    const speed = this.message?.speed;
    return speed ? `${this.data.texts.replay} ×${speed.toLocaleString("en-US", { maximumSignificantDigits: 3 })}` : "";
  }

  // The board's, not that of this computer; of a replay with its day.
  clock(now) {
    const speed = this.message?.speed;
    if (!this.message?.now || !(this.data.wall || speed)) return "";
    const at = new Date(1_000 * (this.message.now + ((now - this.heardAt) / 1_000) * (speed ?? 1)));
    const part = (options, locale) => new Intl.DateTimeFormat(locale, { timeZone: this.data.zone ?? undefined, ...options }).format(at);
    const time = part({ hour: "2-digit", minute: "2-digit" }, "en-GB");
    return speed ? `${part({}, "sv-SE")} ${time}` : time;
  }

  // Whose times the page shows, where they are not those of this computer.
  zone() {
    const at = this.message?.now ? new Date(1_000 * this.message.now) : new Date();
    const hour = (timeZone) =>
      new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short", timeStyle: "short" }).format(at);
    const { zone, language, texts } = this.data;
    if (!zone || hour(zone) === hour(undefined)) return "";
    const named = new Intl.DateTimeFormat(language, { timeZone: zone, timeZoneName: "long" }).formatToParts(at);
    return texts.zone.replace("{zone}", named.find((part) => part.type === "timeZoneName").value);
  }

  watch(now) {
    const page = document.documentElement;
    this.turn(now);
    const step = Math.floor(now / 60_000);
    page.style.setProperty("--shift-x", `${[0, 2, 4, 2, 0, -2, -4, -2][step % 8]}px`);
    page.style.setProperty("--shift-y", `${[0, 2, 0, -2][Math.floor(step / 2) % 4]}px`);
    if (now - this.started > RELOAD || (this.silent(now) && now - (this.heardAt ?? this.started) > GIVE_UP)) this.reload();
  }

  // A scene stays for its time; one that becomes urgent comes forward at once.
  turn(now) {
    const { turns, urgent } = this.data;
    if (!turns.length) return;
    const comesForward = urgent !== null && (this.urgent ?? null) === null;
    this.urgent = urgent;
    if (this.until === undefined || now >= this.until || comesForward) {
      const first = comesForward ? turns.findIndex(([scene]) => scene === urgent) : 0;
      const place = this.place === undefined || comesForward ? first : (this.place + 1) % turns.length;
      this.place = place;
      this.until = now + 1_000 * turns[place][1];
    }
    const scene = String(turns[this.place % turns.length][0]);
    if (document.documentElement.dataset.scene !== scene) document.documentElement.dataset.scene = scene;
  }

  // Only when the server answers, or a wall would end on the browser's own error page.
  async reload() {
    if (this.reloading) return;
    this.reloading = true;
    try {
      if ((await fetch("/readyz", { cache: "no-store" })).ok) location.reload();
    } finally {
      setTimeout(() => (this.reloading = false), 10_000);
    }
  }
}

export default function (component) {
  window.complaintBoard ??= new Bus();
  window.complaintBoard.attach(component);
}
