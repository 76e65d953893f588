"use strict";
const D = JSON.parse(document.getElementById("data").textContent);
const $ = (id) => document.getElementById(id);
const END = Math.max(D.end_us, 1e6);
const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
const wave = (text) => new Int8Array(bytes(text).buffer);
const audio = $("audio");
if (!audio.getAttribute("src")) audio.removeAttribute("src");
const seconds = (us) => (us / 1e6).toFixed(us < 6e7 ? 2 : 1);
const clock = (us) => { const s = us / 1e6, m = Math.floor(s / 60); return m + ":" + (s - 60 * m).toFixed(2).padStart(5, "0"); };

// A pyramid of outlines: each level has half the pairs of the one below, so drawing costs the same at any zoom.
function pyramid(pairs) {
  const levels = [pairs];
  while (levels[levels.length - 1].length > 4096) {
    const low = levels[levels.length - 1], high = new Int8Array(2 * Math.ceil(low.length / 4));
    for (let i = 0; i < high.length; i += 2) {
      const a = 2 * i, last = low.length - 2;
      const b = Math.min(a + 2, last);
      high[i] = Math.min(low[a], low[b]); high[i + 1] = Math.max(low[a + 1], low[b + 1]);
    }
    levels.push(high);
  }
  return levels;
}
const SOUND = { user: pyramid(wave(D.user)), assistant: pyramid(wave(D.assistant)) };
const VAD = bytes(D.vad), FRAME_US = 32000;

const STATES = { idle: "#8a939c", listening: "#0b6bcb", transcribing: "#8a5cd6", thinking: "#b08800",
  speaking: "#a2490b", interrupted: "#d01c48" };
// A lane a state: the place tells them apart where colours do not. States this page has not heard of get one, too.
const NAMES = [...new Set([...Object.keys(STATES), ...D.states.map((s) => s[0])])], LANE = 11;
const LANES = { ruler: [0, 18], user: [20, 66], assistant: [90, 66], states: [162, LANE * NAMES.length],
  marks: [166 + LANE * NAMES.length, 28] };
const canvas = $("view"), pen = canvas.getContext("2d");
canvas.style.height = LANES.marks[0] + LANES.marks[1] + "px";
let from = 0, to = END, at = 0, here = -1, pending = false, INK = {};

const X = (us) => (us - from) / (to - from) * canvas.clientWidth;
const US = (x) => from + x / canvas.clientWidth * (to - from);
const GAINS = D.answers.flatMap((a) => a.gains.map(([t, what], i) => [t, (a.gains[i + 1] || [a.closed_us ?? END])[0], what]))
  .filter((g) => g[2] !== "resume").sort((a, b) => a[0] - b[0]);

// First place in a list sorted by time that is not before t.
function first(list, t, key) {
  let lo = 0, hi = list.length;
  while (lo < hi) { const mid = (lo + hi) >> 1; if (list[mid][key] < t) lo = mid + 1; else hi = mid; }
  return lo;
}

function draw() {
  pending = false;
  const w = canvas.clientWidth, h = canvas.clientHeight, dpr = window.devicePixelRatio || 1;
  if (canvas.width !== Math.round(w * dpr) || canvas.height !== Math.round(h * dpr)) {
    canvas.width = Math.round(w * dpr); canvas.height = Math.round(h * dpr);
  }
  const style = getComputedStyle(document.documentElement);
  for (const name of ["ink", "soft", "paper", "line", "user", "assistant", "stop"]) INK[name] = style.getPropertyValue("--" + name).trim();
  pen.setTransform(dpr, 0, 0, dpr, 0, 0);
  pen.clearRect(0, 0, w, h);
  pen.font = "11px system-ui, sans-serif";
  ruler(w); speech(w); sound("user", w); sound("assistant", w); gains(w); likelihood(w); states(w); marks(w);
  for (const who of ["user", "assistant"]) label(who, who, LANES[who][0] + 11);
  pen.fillStyle = INK.stop; pen.fillRect(X(at) - 0.5, 0, 1.5, h);
  $("at").textContent = clock(at) + " / " + clock(END);
}
const redraw = () => { if (!pending) { pending = true; requestAnimationFrame(draw); } };

function label(colour, text, y) {  // with a rim of paper, so that it is read upon what is drawn there
  pen.strokeStyle = INK.paper; pen.lineWidth = 3; pen.strokeText(text, 3, y); pen.lineWidth = 1;
  pen.fillStyle = INK[colour]; pen.fillText(text, 3, y);
}
function ruler(w) {
  const steps = [0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600], want = (to - from) / 1e6 / (w / 90);
  const step = (steps.find((s) => s >= want) || 1200) * 1e6;
  pen.fillStyle = INK.soft;
  for (let t = Math.ceil(from / step) * step; t <= to; t += step) { pen.fillRect(X(t), 0, 1, 5); pen.fillText(clock(t), X(t) + 3, 12); }
}
// What is narrower than a pixel and lies upon the one before adds nothing but time.
function thinned() { let last = -9; return (x, wide) => { if (wide < 1 && x < last + 1) return true; last = x; return false; }; }
function speech(w) {
  const [y, h] = LANES.user, seen = thinned(), weighed = thinned();
  for (const [, began, quiet, ended] of D.speeches) {
    const end = ended ?? END;
    if (end < from || began > to || seen(X(began), X(end) - X(began))) continue;
    pen.fillStyle = INK.user; pen.globalAlpha = 0.13; pen.fillRect(X(began), y, X(quiet ?? end) - X(began), h);
    pen.globalAlpha = 0.45; if (quiet !== null) pen.fillRect(X(quiet), y + h - 5, X(end) - X(quiet), 5);
    pen.globalAlpha = 1;
  }
  for (const [, onset, held, verdict] of D.candidates) {
    const end = verdict ?? onset, wide = X(end) - X(onset);
    if (end < from || onset > to || weighed(X(onset), wide)) continue;
    pen.fillStyle = pen.strokeStyle = INK.stop;
    if (wide < 3) { pen.fillRect(X(onset), y, 2, 6); continue; }
    pen.strokeRect(X(onset), y + 1, wide, h - 2);
    if (held) pen.fillRect(X(held), y + 1, 1, h - 2);
  }
}
// A column a pixel, on whole pixels: a path of as many rectangles takes ten times as long.
function sound(who, w) {
  const [y, h] = LANES[who], levels = SOUND[who];
  pen.fillStyle = INK[who];
  if (!levels[0].length) return;
  let n = 0, per = 1e6 / D.per_s;
  while (n + 1 < levels.length && per * 2 < (to - from) / w) { n += 1; per *= 2; }
  const pairs = levels[n], mid = y + h / 2, tall = h / 254, count = pairs.length / 2;
  for (let x = 0; x < w; x++) {
    const a = Math.floor(US(x) / per), b = Math.min(count, Math.max(a + 1, Math.floor(US(x + 1) / per)));
    let low = 0, high = 0;
    for (let i = a; i < b; i++) { if (pairs[2 * i] < low) low = pairs[2 * i]; if (pairs[2 * i + 1] > high) high = pairs[2 * i + 1]; }
    if (a < count) pen.fillRect(x, mid - high * tall, 1, Math.max(0.6, (high - low) * tall));
  }
}
function gains(w) {
  const [y, h] = LANES.assistant, seen = { duck: thinned(), hold: thinned(), stop: thinned() };
  const far = (to - from) / w > 1e6;  // then the cuts alone would hide the sound
  let room = 0;
  for (const [began, ended, what] of GAINS) {
    const x = X(began), wide = X(ended) - x;
    if (what === "stop") {
      if (began < from || began > to || seen.stop(x, 0)) continue;
      pen.fillStyle = INK.stop; pen.fillRect(x - 1, y, 2, far ? 8 : h);
      if (!far && x > room) { pen.fillText("cut", x + 3, y + 11); room = x + 26; }
      continue;
    }
    if (ended < from || began > to || seen[what](x, wide)) continue;
    pen.fillStyle = INK.soft; pen.globalAlpha = what === "hold" ? 0.4 : 0.2; pen.fillRect(x, y, Math.max(1, wide), h);
    pen.globalAlpha = 1; pen.fillRect(x, y + h - 1, Math.max(1, wide), 1);
    if (wide > 26) { pen.fillStyle = INK.ink; pen.fillText(what, Math.max(x, 0) + 2, y + h - 4); }
  }
}
function likelihood(w) {
  if (!VAD.length) return;
  const [y, h] = LANES.user, a = Math.max(0, Math.floor(from / FRAME_US)), b = Math.min(VAD.length, Math.ceil(to / FRAME_US));
  const dense = b - a > 2 * w, stride = dense ? (b - a) / w : 1;
  pen.fillStyle = pen.strokeStyle = INK.ink; pen.globalAlpha = 0.7; pen.beginPath();
  let before = 0;
  for (let p = a; p < b; p += stride) {
    let top = 0;
    for (let k = Math.floor(p); k < Math.min(p + stride, b); k++) top = Math.max(top, VAD[k]);
    const x = X(p * FRAME_US), v = y + h - top / 255 * h;
    if (dense) { const last = stride > 16 || p === a ? v : before; pen.fillRect(Math.floor(x), Math.min(v, last), 1, Math.abs(v - last) + 1.2); before = v; }
    else if (p === a) pen.moveTo(x, v); else pen.lineTo(x, v);
  }
  if (!dense) pen.stroke();
  pen.globalAlpha = 1;
}
function states(w) {
  const [y, h] = LANES.states, seen = NAMES.map(thinned);
  pen.fillStyle = INK.line;
  for (let k = 0; k <= NAMES.length; k++) pen.fillRect(0, y + k * LANE - 1, w, 1);
  for (let i = Math.max(0, first(D.states, from, 2) - 1); i < D.states.length && D.states[i][1] <= to; i++) {
    const [name, a, b] = D.states[i], x = X(a), wide = Math.max(0.7, X(i + 1 < D.states.length ? b : END) - x), k = NAMES.indexOf(name);
    if (seen[k](x, wide)) continue;
    pen.fillStyle = STATES[name] || "#777"; pen.fillRect(x, y + k * LANE, Math.max(1, wide), LANE - 1);
  }
  pen.font = "9px system-ui, sans-serif";
  NAMES.forEach((name, k) => label("ink", name, y + k * LANE + 9));
  pen.font = "11px system-ui, sans-serif";
}
function marks(w) {
  const [y] = LANES.marks, seen = thinned();
  let room = 0;
  for (let i = first(D.steps, from, 1); i < D.steps.length && D.steps[i][1] <= to; i++) {
    const s = D.steps[i], x = X(s[1]), big = s[3] || s[8];
    if (seen(x, 0) && i !== here) continue;
    pen.fillStyle = i === here ? INK.stop : s[3] ? INK.ink : INK.soft;
    pen.beginPath(); pen.moveTo(x, y); pen.lineTo(x - 4, y + (big ? 9 : 5)); pen.lineTo(x + 4, y + (big ? 9 : 5)); pen.fill();
    if (big && x > room) { pen.fillText(s[4], x + 1, y + 22); room = x + pen.measureText(s[4]).width + 6; }
  }
}

function move(a, b) {
  const least = 2e5, span = Math.min(Math.max(b - a, least), END), mid = (a + b) / 2;
  from = Math.min(Math.max(0, mid - span / 2), END - span); to = from + span; redraw();
}
const zoom = (by, x = canvas.clientWidth / 2) => { const t = US(x); move(t - (t - from) * by, t + (to - t) * by); };
function seek(us, listen) {
  at = Math.min(Math.max(0, us), END);
  if (at < from || at > to) move(at - (to - from) / 3, at + 2 * (to - from) / 3);
  if (audio.hasAttribute("src")) { audio.currentTime = at / 1e6; if (listen) audio.play(); }
  redraw();
}
function select(i, listen) {
  if (i < 0 || i >= D.steps.length) return;
  here = i; const s = D.steps[i];
  $("step").textContent = `#${s[0]} ${clock(s[1])}  ${s[2]}${s[3] ? " → " + s[3] : ""}: ${s[4]} (${s[5]}${s[6] ? ", utterance " + s[6] : ""}${s[7] ? ", reply " + s[7] : ""})${s[8] ? "  " + s[8].toUpperCase() : ""}${s[9] ? "  “" + s[9] + "”" : ""}`;
  seek(s[1] - (listen ? 300000 : 0), listen); list();
}
const play = () => { if (!audio.hasAttribute("src")) return; if (audio.paused) audio.play(); else audio.pause(); };
audio.ontimeupdate = () => { if (audio.paused) return; at = audio.currentTime * 1e6; if (at > to) move(at, at + to - from); redraw(); };
audio.onplay = audio.onpause = () => { $("play").textContent = audio.paused ? "▶ play" : "❚❚ pause"; follow(); };
function follow() { if (!audio.paused) { at = audio.currentTime * 1e6; redraw(); requestAnimationFrame(follow); } }
$("play").onclick = play; $("in").onclick = () => zoom(0.5); $("out").onclick = () => zoom(2);
$("all").onclick = () => move(0, END); $("prev").onclick = () => step(-1); $("next").onclick = () => step(1);
function step(by) {
  let i = here < 0 ? (by > 0 ? first(D.steps, at, 1) - 1 : first(D.steps, at, 1)) : here;
  do i += by; while (i >= 0 && i < D.steps.length && !D.steps[i][3]);
  select(i, false);
}
const touches = new Map(); let moved = 0;
canvas.onpointerdown = (e) => { canvas.setPointerCapture(e.pointerId); touches.set(e.pointerId, e.offsetX); moved = 0; };
canvas.onpointermove = (e) => {
  if (!touches.has(e.pointerId)) return;
  const before = [...touches.values()]; const dx = e.offsetX - touches.get(e.pointerId); moved += Math.abs(dx);
  touches.set(e.pointerId, e.offsetX); const now = [...touches.values()];
  if (now.length === 1) { const d = US(0) - US(dx); move(from + d, to + d); }
  else { const was = Math.abs(before[0] - before[1]) || 1, is = Math.abs(now[0] - now[1]) || 1; zoom(was / is, (now[0] + now[1]) / 2); }
};
canvas.onpointerup = canvas.onpointercancel = (e) => {
  touches.delete(e.pointerId);
  if (e.type !== "pointerup" || moved > 4) return;
  const t = US(e.offsetX), near = (to - from) / canvas.clientWidth * 7, i = first(D.steps, t - near, 1);
  if (e.offsetY > LANES.states[0] && i < D.steps.length && D.steps[i][1] < t + near) select(i, true); else seek(t, true);
};
canvas.addEventListener("wheel", (e) => { e.preventDefault(); const d = (to - from) * e.deltaX / canvas.clientWidth;
  if (Math.abs(e.deltaX) > Math.abs(e.deltaY)) move(from + d, to + d); else zoom(Math.exp(e.deltaY * 0.0016), e.offsetX); }, { passive: false });
document.addEventListener("keydown", (e) => {
  if (e.target.tagName === "INPUT" || e.ctrlKey || e.metaKey || e.altKey) return;
  const keys = { " ": play, "+": () => zoom(0.5), "=": () => zoom(0.5), "-": () => zoom(2), "0": () => move(0, END),
    ArrowLeft: () => step(-1), ArrowRight: () => step(1) };
  if (keys[e.key] && !(e.key === " " && e.target.tagName === "BUTTON")) { e.preventDefault(); keys[e.key](); }
});
window.addEventListener("beforeprint", () => { move(0, END); draw(); });
new ResizeObserver(redraw).observe(canvas);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);

// The rest of the page. Words of a session are text, never markup.
function el(tag, cls, ...inside) { const e = document.createElement(tag); if (cls) e.className = cls; e.append(...inside); return e; }
function row(cls, us, ...inside) { const e = el("div", "row " + cls, ...inside); e.tabIndex = 0;
  e.onclick = () => seek(us, true); e.onkeydown = (k) => { if (k.key === "Enter") seek(us, true); }; return e; }
const pct = (n) => n >= 0 ? ` ${n} %` : "";
$("title").textContent = D.title;
$("facts").textContent = [clock(END), `${D.turns.length} turns`, `${D.verdicts.filter((v) => v.verdict === "interrupt").length} barge-ins`,
  `${D.verdicts.filter((v) => v.verdict === "dismiss").length} dismissals`, Object.entries(D.models).map(([r, n]) => `${r} ${typeof n === "object" ? JSON.stringify(n) : n}`).join(", "),
  D.redacted ? "words and sound left out" : { none: "no recording", here: "" }[D.sound] ?? `the recording is too long to be in this page: it is played from ${decodeURI(D.sound)}`, D.note].filter(Boolean).join(" · ");
$("legend").textContent = "user: shaded while heard, the bar below is the silence waited through" + (VAD.length ? ", the line is the detector" : "") +
  "; framed while weighed. assistant: light grey turned down, dark grey held. Drag, wheel or pinch; click to listen.";

const lines = [];
for (const t of D.turns) lines.push([t.began_us ?? t.taken_us, row("user", t.began_us ?? t.taken_us, el("span", "who", t.typed ? "user (typed)" : "user"),
  t.text || "(left out)", el("span", "soft", pct(t.confidence_pct)))]);
for (const a of D.answers) {
  if (a.heard_us === null && !(a.turn && a.dropped)) continue;  // prepared in a pause and taken back, or never begun
  const t = a.heard_us ?? a.closed_us, why = a.closed_us === null ? " — the log ends while it is spoken"
    : a.heard_us === null ? ` — not heard: ${a.closed_by}` : a.cut ? ` — cut: ${a.closed_by}` : "";
  lines.push([t, row("assistant", t, el("span", "who", "assistant"), a.kept, a.dropped ? el("del", "", (a.kept ? " " : "") + a.dropped) : "", el("span", "soft", why))]);
}
const seen = new Set();
for (const v of [...D.verdicts].reverse()) if (v.verdict === "dismiss" && !seen.has(v.utterance + "/" + v.t_us)) { seen.add(v.utterance + "/" + v.t_us);
  lines.push([v.t_us, row("user dismissed", v.t_us, el("span", "who", "user"), v.text ? `“${v.text}”` : "(no words)", ` — passed over: ${v.reason}`)]); }
lines.sort((a, b) => a[0] - b[0]);
document.querySelector("#dialogue .lines").append(...lines.map((l) => l[1]));

document.querySelector("#waits .lines").append(...D.turns.filter((t) => t.wait).map((t) => {
  const bar = el("div", "fall", ...t.wait.parts.map(([name, us]) => { const s = el("span"); s.style.flex = String(us); s.title = `${name}: ${us / 1000} ms`; return s; }));
  return row("", t.wait.from_us, el("b", "", `turn ${t.number}: ${(t.wait.total_us / 1000).toFixed(0)} ms`), bar,
    el("span", "soft", t.wait.parts.map(([name, us]) => `${name} +${us / 1000}`).join(", ") + " ms"));
}));
document.querySelector("#candidates .lines").append(...D.verdicts.filter((v) => v.verdict !== "undecided").map((v) => row("", v.t_us,
  el("span", "verdict " + v.verdict, v.verdict === "interrupt" ? "✕ takes the floor" : "↩ passed over"), ` ${clock(v.t_us)}: ${v.reason}`,
  v.text ? ` “${v.text}”` : "", el("div", "soft", Object.entries(v.evidence).map(([k, n]) => `${k} ${typeof n === "object" ? JSON.stringify(n) : n}`).join(", ")))));

// Only the rows in sight exist, so that a day of transitions scrolls as well as a minute of them.
const ROW = 24, box = document.querySelector("#steps .window"), rows = document.querySelector("#steps .rows");
let shown = D.steps.map((_, i) => i);
function line(i) {
  const s = D.steps[i];
  const e = el("div", "line" + (s[3] ? " move" : "") + (i === here ? " here" : ""), `${clock(s[1])}  ${s[2]}${s[3] ? " → " + s[3] : ""}   ${s[4]}${s[8] ? "  " + s[8] : ""}   ${s[5]}${s[9] ? "  “" + s[9] + "”" : ""}`);
  e.onclick = () => select(i, true);
  return e;
}
function list() {
  rows.style.height = shown.length * ROW + "px";
  const a = Math.max(0, Math.floor(box.scrollTop / ROW) - 5), b = Math.min(shown.length, a + Math.ceil(box.clientHeight / ROW) + 10);
  rows.replaceChildren(...shown.slice(a, b).map((i, k) => { const e = line(i); e.style.top = (a + k) * ROW + "px"; return e; }));
}
$("find").oninput = () => { const words = $("find").value.toLowerCase().split(/\s+/).filter(Boolean);
  shown = D.steps.map((s, i) => [s.join(" ").toLowerCase(), i]).filter(([t]) => words.every((w) => t.includes(w))).map((p) => p[1]); box.scrollTop = 0; list(); };
box.onscroll = list; list(); draw();

// On paper there is no scrolling and no dark: all rows, as far as anybody would read them, and the picture in ink.
const ON_PAPER = 2000;
function toPaper(on) {
  document.documentElement.classList.toggle("paper", on); draw();
  rows.style.height = on ? "auto" : ""; if (!on) { list(); return; }
  rows.replaceChildren(...shown.slice(0, ON_PAPER).map(line));
  if (shown.length > ON_PAPER) rows.append(el("div", "line", `… and ${shown.length - ON_PAPER} more: find narrows them down`));
}
addEventListener("beforeprint", () => toPaper(true)); addEventListener("afterprint", () => toPaper(false));
if (location.hash.length > 1) seek(1e6 * Number(location.hash.slice(1)) || 0, false);
