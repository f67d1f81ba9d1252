"use strict";
// A recording in a browser: the screen's keys over pictures that were drawn beforehand.

const data = JSON.parse(document.getElementById("data").textContent);
const screen_ = document.getElementById("screen");
const [WIDTH, HEIGHT] = data.size;
const LAST = data.n.length - 1;
const SPEEDS = [0.5, 1, 2, 4, 8, 16, 32];

const at = {
  k: 0,
  focus: data.lanes.includes(data.focus) ? data.focus : data.lanes[0],
  client: 0,
  side: 0,
  overlay: null,
  page: 0,
  notice: null,
  prompt: null,
  speed: 2,
  timer: null,
};

// --- drawing -------------------------------------------------------------------------------------------------------

const lines = [];
for (let y = 0; y < HEIGHT; y += 1) {
  const line = document.createElement("div");
  screen_.appendChild(line);
  lines.push({ line, row: -1 });
}

function cells(text, wide) {
  return wide ?? [...text].length;
}

function spans(runs) {
  let x = 0;
  return runs.map(([text, style, wide], index) => {
    const span = document.createElement("span");
    span.textContent = text;
    span.className = `s${style}`;
    // A run ends where the next begins, whatever the font makes of it.
    const width = index === runs.length - 1 ? WIDTH - x : cells(text, wide);
    span.style.width = `${width}ch`;
    x += width;
    return span;
  });
}

function picture() {
  if (at.overlay === "help") return data.help[at.page];
  if (at.overlay === "about") return data.about[at.focus][at.page];
  if (at.overlay === "event") return data.pictures[`${at.focus}/event`][at.k];
  return data.pictures[`${at.focus}/${at.client}/${data.sides[at.side]}`][at.k];
}

function news() {
  if (at.prompt !== null) {
    return `go to ${at.prompt}_   17 step   n120 event   b2 client action   1.5s time   a marker`;
  }
  return at.notice;
}

function show() {
  const rows = picture();
  const said = news();
  for (let y = 0; y < HEIGHT; y += 1) {
    const told = y === HEIGHT - 1 && said !== null;
    const row = told ? said : rows[y];
    if (lines[y].row !== row) {
      lines[y].row = row;
      const last = data.rows[rows[y]];
      const runs = told ? [[` ${said}`.slice(0, WIDTH).padEnd(WIDTH), last[0][1]]] : data.rows[row];
      lines[y].line.replaceChildren(...spans(runs));
    }
  }
  const hash = `#${data.step[at.k] === null ? `n${data.n[at.k]}` : data.step[at.k]}`;
  if (location.hash !== hash) history.replaceState(null, "", hash);
}

function fit() {
  const probe = document.createElement("span");
  probe.style.width = "auto";
  probe.textContent = "0".repeat(100);
  screen_.style.fontSize = "100px";
  screen_.appendChild(probe);
  const ch = probe.getBoundingClientRect().width / 100;
  probe.remove();
  const wide = (innerWidth - 4) / ((ch / 100) * WIDTH);
  const high = (innerHeight - 4) / (1.2 * HEIGHT);
  screen_.style.fontSize = `${Math.max(4, Math.min(wide, high, 28))}px`;
}

// --- moving --------------------------------------------------------------------------------------------------------

function stand(k, otherwise) {
  if (k === null || k < 0 || k > LAST) {
    at.notice = otherwise;
    return false;
  }
  at.k = k;
  return true;
}

function after(list) {
  const found = list.find((k) => k > at.k);
  return found === undefined ? null : found;
}

function before(list) {
  const found = list.filter((k) => k < at.k);
  return found.length ? found[found.length - 1] : null;
}

function there(list, forward, what) {
  const way = forward ? "after" : "before";
  stand(forward ? after(list) : before(list), `there is no ${what} ${way} this step`);
}

function step(by) {
  stand(at.k + by, by > 0 ? "this is the recording's end; N goes back, g to its beginning" : "this is before the first step");
}

function stop() {
  if (at.timer !== null) clearInterval(at.timer);
  at.timer = null;
}

function play() {
  if (at.timer !== null) {
    stop();
    return;
  }
  if (at.k === LAST) at.k = 0;
  at.notice = `playing, ${at.speed} steps a second; space ends it`;
  at.timer = setInterval(() => {
    if (at.k >= LAST) {
      stop();
      at.notice = "this is the recording's end; N goes back, g to its beginning";
    } else {
      at.k += 1;
      const mark = data.marks.find(([k]) => k === at.k);
      if (mark !== undefined) {
        stop();
        at.notice = `\u25c6 ${mark[1]}   space goes on`;
      }
    }
    show();
  }, 1000 / at.speed);
}

function faster(by) {
  const index = Math.max(0, Math.min(SPEEDS.length - 1, SPEEDS.indexOf(at.speed) + by));
  at.speed = SPEEDS[index];
  if (at.timer !== null) {
    stop();
    play();
  }
  at.notice = `play: ${at.speed} steps a second`;
}

function turn(by) {
  const index = data.lanes.indexOf(at.focus);
  at.focus = data.lanes[(index + by + data.lanes.length) % data.lanes.length];
}

function follow(by) {
  at.client = (at.client + by + data.clients.length) % data.clients.length;
  const name = data.clients[at.client];
  at.notice = name === null ? "following the client that acts" : `following client ${name}`;
}

function marker(forward) {
  const ticks = data.marks.map(([k]) => k);
  there(ticks, forward, "marker");
  const found = data.marks.find(([k]) => k === at.k);
  if (found !== undefined && at.notice === null) at.notice = `\u25c6 ${found[1]}`;
}

function where(words) {
  let found;
  const first = (list, wanted) => list.findIndex((value) => value !== null && value >= wanted);
  if ((found = /^(?:step )?(\d+)$/.exec(words))) {
    const k = data.step.indexOf(Number(found[1]));
    return k >= 0 ? k : first(data.step, Number(found[1]));
  }
  if ((found = /^(?:n|#|event ) ?(\d+)$/.exec(words))) return first(data.n, Number(found[1]));
  if ((found = /^(?:b|beat |action ) ?(\d+)$/.exec(words))) {
    const k = data.actions[Number(found[1]) - 1];
    return k === undefined ? -1 : k;
  }
  if ((found = /^(\d+(?:\.\d*)?) ?(ms|s)$/.exec(words))) {
    return first(data.t, Number(found[1]) / (found[2] === "ms" ? 1000 : 1));
  }
  if (words === "start") return 0;
  if (words === "end") return LAST;
  const mark = data.marks.find(([, text]) => words && text.toLowerCase().includes(words.toLowerCase()));
  return mark === undefined ? -1 : mark[0];
}

function theme() {
  const dark = document.body.classList.contains("dark");
  document.body.classList.replace(dark ? "dark" : "light", dark ? "light" : "dark");
}

function overlay(name, pages = 1) {
  at.page = at.overlay === name ? at.page + 1 : 0;
  at.overlay = at.page < pages ? name : null;
}

const KEYS = {
  n: () => step(1), ArrowRight: () => step(1), N: () => step(-1), ArrowLeft: () => step(-1),
  w: () => there(data.wakeups, true, "wakeup"), W: () => there(data.wakeups, false, "wakeup"),
  b: () => there(data.actions, true, "client action"), B: () => there(data.actions, false, "client action"),
  s: () => there(data.calls[at.focus], true, `call of ${at.focus}`),
  S: () => there(data.calls[at.focus], false, `call of ${at.focus}`),
  v: () => there(data.findings, true, "finding"), "!": () => there(data.findings, true, "finding"),
  V: () => there(data.findings, false, "finding"),
  "]": () => marker(true), "[": () => marker(false),
  g: () => stand(0), Home: () => stand(0), G: () => stand(LAST), End: () => stand(LAST),
  ":": () => { at.prompt = ""; },
  " ": play, "<": () => faster(-1), ">": () => faster(1),
  Tab: () => turn(1), BackTab: () => turn(-1),
  f: () => follow(1), F: () => follow(-1),
  i: () => {
    if (data.sides.length > 1) at.side = 1 - at.side;
    else at.notice = "this page has the IN wire only";
  },
  e: () => overlay("event"), "?": () => overlay("help", data.help.length),
  a: () => overlay("about", data.about[at.focus].length), Escape: () => { at.overlay = null; },
  t: theme,
  q: () => { at.notice = "close the tab to leave"; },
};
for (const key of "/\\.,uUhHjJxzmpPcdlkrRoyCE") {
  KEYS[key] ??= () => { at.notice = `${key} is for the terminal: muxviz replay, with the recording`; };
}
const STAYS = new Set([" ", "<", ">", "t", "i", "e", "a", "?", "f", "F", "Tab", "BackTab"]);
const OVER = new Set(["e", "a", "?", "t"]);

for (let lane = 1; lane <= data.lanes.length; lane += 1) {
  KEYS[lane] = () => { at.focus = data.lanes[lane - 1]; };
  STAYS.add(String(lane));
}

function typed(key) {
  if (key === "Escape") at.prompt = null;
  else if (key === "Backspace") at.prompt = at.prompt.slice(0, -1);
  else if (key === "Enter") {
    const words = at.prompt.trim();
    const k = where(words);
    at.prompt = null;
    stand(k < 0 ? null : k, `${words.slice(0, 40)} is no place in this recording`);
  } else if ([...key].length === 1) at.prompt = (at.prompt + key).slice(0, 80);
}

function press(key) {
  if (at.prompt !== null) {
    typed(key);
    show();
    return true;
  }
  const deed = KEYS[key];
  if (deed === undefined) return false;
  at.notice = null;
  if (!STAYS.has(key)) stop();
  if (!OVER.has(key)) at.overlay = null;
  deed();
  show();
  return true;
}

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const key = event.key === "Tab" && event.shiftKey ? "BackTab" : event.key;
  if (press(key)) event.preventDefault();
});

// A tap at the left goes back, one at the right forward; on the timeline, there.
screen_.addEventListener("click", (event) => {
  if (String(getSelection())) return;
  const box = screen_.getBoundingClientRect();
  const x = Math.floor(((event.clientX - box.left) / box.width) * WIDTH);
  const y = Math.floor(((event.clientY - box.top) / box.height) * HEIGHT);
  const row = lines[y] ? lines[y].line.textContent : "";
  const track = /whole run (.*?)  /.exec(row);
  at.notice = null;
  if (track !== null && x >= track.index + 10 && x < track.index + 10 + track[1].length) {
    const part = (x - track.index - 10) / Math.max(1, track[1].length - 1);
    stop();
    stand(Math.round(part * LAST));
  } else if (x < WIDTH / 3) press("N");
  else if (x > (WIDTH * 2) / 3) press("n");
  show();
});

function follow_hash() {
  const k = where(decodeURIComponent(location.hash.slice(1)));
  if (k >= 0) at.k = k;
  show();
}

addEventListener("hashchange", follow_hash);
addEventListener("resize", fit);
fit();
follow_hash();
screen_.focus();
