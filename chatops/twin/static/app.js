// The page: who you are, where you are, and what is there. The server knows everything else.

import { blocks } from "./blocks.js";
import { composer } from "./composer.js";
import { el, post } from "./dom.js";
import { avatar, messages } from "./messages.js";
import { confirm, modal } from "./modal.js";

const at = (id) => document.getElementById(id);
const query = new URLSearchParams(location.search);
const here = {
  user: query.get("user") ?? sessionStorage.getItem("user") ?? "U0SITI",
  channel: query.get("channel") ?? "C0UMUM",
  thread: query.get("thread") ?? "",
  home: query.get("home") === "1",
};
let state = null;
let fetching = false;
let again = false;
let homeSign = "";
let roomSign = "";
let noteTimer = 0;

const seen = (channel) => sessionStorage.getItem(`seen ${here.user} ${channel}`) ?? "";

function note(words) {
  if (!words) return;
  at("note").textContent = words;
  at("note").hidden = false;
  clearTimeout(noteTimer);
  noteTimer = setTimeout(() => { at("note").hidden = true; }, 8000);
}

const names = () => ({ users: state.users, groups: state.groups });

function env(place) {
  const said = (block, element, value) => ({ user: here.user, ...place, block_id: block.block_id, action_id: element.action_id, value });
  return {
    names: names(),
    note,
    confirm: (asked) => confirm(asked, names()),
    press: async (block, element, value) => note((await post("press", said(block, element, value))).note),
    suggest: (block, element, value) => post("suggest", said(block, element, value)),
  };
}

function go(to) {
  Object.assign(here, to);
  sessionStorage.setItem("user", here.user);
  const words = new URLSearchParams({ user: here.user, channel: here.channel });
  if (here.thread) words.set("thread", here.thread);
  if (here.home) words.set("home", "1");
  history.replaceState(null, "", `?${words}`);
  document.body.classList.remove("open");
  at("menu").setAttribute("aria-expanded", "false");
  return look();
}

function rooms() {
  const entry = (sign, words, current, open, more) =>
    el("li", {}, el("button", { type: "button", "aria-current": current ? "page" : null, class: more ? "unread" : "", onclick: open },
      el("span", { class: "sign", "aria-hidden": "true" }, sign), words, more ? el("span", { class: "dot", "aria-label": "ada yang baru" }) : null));
  const home = () => {
    go({ home: true, thread: "" });
    post("home", { user: here.user });
  };
  const channel = (each) => {
    const current = !here.home && each.id === here.channel;
    if (current) sessionStorage.setItem(`seen ${here.user} ${each.id}`, each.latest);
    return entry(each.direct ? "✉" : "#", each.name, current, () => go({ channel: each.id, home: false, thread: "" }), !current && each.latest > seen(each.id));
  };
  const public_ = state.channels.filter((each) => !each.direct);
  const direct = state.channels.filter((each) => each.direct);
  const title = (words) => el("li", { class: "kind" }, words);
  const made = [title("Kanal"), ...public_.map(channel), title("Aplikasi"), entry("⌂", `Beranda ${state.users[state.bot].name}`, here.home, home), ...direct.map(channel)];
  const sign = JSON.stringify(made.map((each) => each.outerHTML));
  // A button that is pressed just now must not be another one before it is let go.
  if (at("rooms").sign !== sign) {
    const focused = [...at("rooms").children].indexOf(document.activeElement?.closest("li"));
    at("rooms").replaceChildren(...made);
    at("rooms").sign = sign;
    if (focused >= 0) at("rooms").children[focused]?.querySelector("button")?.focus();
  }
}

function who() {
  if (at("who").options.length) return;
  const people = Object.entries(state.users).filter(([, user]) => !user.is_bot);
  at("who").replaceChildren(...people.map(([id, user]) => el("option", { value: id }, `${user.real_name} · ${user.title}`)));
  at("who").value = here.user;
}

function show() {
  who();
  rooms();
  const channel = state.channel;
  at("title").textContent = here.home ? "Beranda" : `${channel.direct ? "" : "# "}${channel.name}`;
  at("topic").textContent = here.home ? state.users[state.bot].real_name : channel.topic || "Percakapan langsung dengan aplikasi";
  document.title = `${at("title").textContent} · Slack luring`;
  at("global").replaceChildren(
    ...state.shortcuts.filter((each) => each.kind === "global").map((each) =>
      el("button", { type: "button", class: "button", onclick: async () => note((await post("shortcut", { user: here.user, id: each.id })).note) }, each.name)),
  );
  at("log").hidden = at("composer").hidden = here.home;
  at("home").hidden = !here.home;
  const where = JSON.stringify([here.user, here.channel, here.thread, here.home]);
  const fresh = where !== roomSign;
  roomSign = where;
  const room = {
    names: names(), shortcuts: state.shortcuts, fresh, sign: here.user, empty: "Belum ada pesan di sini. Ketik / untuk melihat perintah.",
    env: (said) => env({ channel: channel.id, message: said.ts }),
    shortcut: async (id, ts) => note((await post("shortcut", { user: here.user, channel: channel.id, message: ts, id })).note),
  };
  messages(at("log"), state.messages, { ...room, reply: (ts) => go({ thread: ts }).then(() => replying.focus()) });
  at("thread").hidden = !here.thread || here.home;
  at("thread-room").textContent = channel.name;
  if (here.thread) messages(at("replies"), state.thread, { ...room, empty: "Utas ini kosong." });
  writing.rename(channel.direct ? `Pesan untuk ${channel.name}` : `Pesan untuk #${channel.name}`);
  home();
  modal(state.modal, here.user, env({ view: state.modal?.id }));
}

function home() {
  const sign = JSON.stringify([state.home, here.user]);
  if (sign === homeSign) return;
  homeSign = sign;
  at("home").replaceChildren(
    state.home
      ? blocks(state.home.blocks, env({ view: state.home.id }))
      : el("p", { class: "empty" }, avatar(state.bot, state.users[state.bot]), "Aplikasi belum mengisi beranda Anda."),
  );
}

async function look() {
  if (fetching) {
    again = true;
    return;
  }
  fetching = true;
  try {
    const asked = new URLSearchParams({ user: here.user, channel: here.channel, thread: here.thread });
    const answer = await fetch(`/client/state?${asked}`);
    if (answer.ok) {
      state = await answer.json();
      show();
    } else if (here.channel !== "C0UMUM") {
      Object.assign(here, { channel: "C0UMUM", thread: "" });
      again = true;
    }
  } finally {
    fetching = false;
  }
  if (again) {
    again = false;
    await look();
  }
}

const say = async (text, thread) => note((await post("say", { user: here.user, channel: here.channel, text, thread })).note);
const writing = composer(at("composer"), "Pesan", { send: (text) => say(text, ""), state: () => state });
const replying = composer(at("reply"), "Balas di utas", { send: (text) => say(text, here.thread), state: () => state });
at("composer").querySelector("textarea").id = "tulis";

at("who").addEventListener("change", () => {
  const direct = here.channel.startsWith("D");
  go({ user: at("who").value, thread: "", channel: direct ? `D${at("who").value.slice(1)}` : here.channel });
  if (here.home) post("home", { user: here.user });
});
const leaveThread = () => go({ thread: "" }).then(() => writing.focus());
at("thread-close").addEventListener("click", leaveThread);
at("menu").addEventListener("click", () => {
  const open = document.body.classList.toggle("open");
  at("menu").setAttribute("aria-expanded", String(open));
  if (open) at("who").focus();
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || document.querySelector("dialog[open]")) return;
  if (document.body.classList.contains("open")) at("menu").click();
  else if (here.thread) leaveThread();
});

const events = new EventSource("/client/events");
events.onmessage = look;
events.onerror = () => note("Sambungan terputus; halaman ini menyambung lagi sendiri.");
go({}).then(() => {
  if (here.home) post("home", { user: here.user });
  else writing.focus();
});
