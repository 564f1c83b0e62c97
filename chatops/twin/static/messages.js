// Messages as elements. One that is as it was before stays the same element: whoever is about to press it can.

import { blocks } from "./blocks.js";
import { date, el, time } from "./dom.js";
import { mrkdwn } from "./mrkdwn.js";

const HUES = [205, 158, 262, 24, 338, 96, 44, 186];

export function avatar(id, user) {
  const name = user?.real_name ?? "Slackbot";
  const hue = HUES[[...id].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % HUES.length];
  const letters = name.split(" ").slice(0, 2).map((word) => word[0]).join("");
  const made = el("span", { class: "avatar", "aria-hidden": "true" }, user?.is_bot ? "⚙" : letters);
  made.style.background = `hsl(${hue} 42% 36%)`;
  return made;
}

function file(each) {
  const size = each.size < 2048 ? `${each.size} bita` : `${Math.round(each.size / 1024)} KB`;
  return el(
    "figure",
    { class: "file" },
    el(
      "figcaption",
      {},
      el("a", { href: each.url_private, target: "_blank", rel: "noopener" }, each.title),
      el("small", {}, size),
      el("a", { class: "download", href: each.url_private_download, "aria-label": `Unduh ${each.title}` }, "Unduh"),
    ),
    el("pre", { tabindex: "0", "aria-label": `Isi ${each.title}` }, each.preview + (each.more ? "\n…" : "")),
  );
}

function tools(message, room) {
  const made = [];
  if (room.reply && !message.only_me) {
    made.push(el("button", { type: "button", onclick: () => room.reply(message.thread_ts ?? message.ts) }, "Balas di utas"));
  }
  for (const each of room.shortcuts.filter((known) => known.kind === "message")) {
    made.push(el("button", { type: "button", onclick: () => room.shortcut(each.id, message.ts) }, each.name));
  }
  return made.length ? el("div", { class: "tools" }, made) : null;
}

function message(said, room) {
  const user = room.names.users[said.user];
  const env = { ...room.env(said), names: room.names, values: structuredClone(values(said.state)) };
  const body = said.blocks?.length
    ? blocks(said.blocks, env)
    : said.text ? el("div", { class: "text" }, mrkdwn(said.text, room.names)) : null;
  const replies = room.reply && said.reply_count
    ? el("button", { type: "button", class: "replies", onclick: () => room.reply(said.ts) }, `${said.reply_count} balasan`)
    : null;
  const marks = (said.reactions ?? []).map((each) => el("span", { class: "reaction" }, mrkdwn(`:${each.name}: ${each.count}`, room.names)));
  return el(
    "article",
    { class: `message ${said.only_me ? "only-me" : ""}`, "data-ts": said.ts },
    avatar(said.user, user),
    el(
      "div",
      { class: "content" },
      said.only_me ? el("p", { class: "secret" }, "Hanya terlihat oleh Anda") : null,
      el(
        "header",
        {},
        el("strong", {}, user?.real_name ?? "Slackbot"),
        user?.is_bot ? el("span", { class: "app" }, "APLIKASI") : null,
        el("time", {}, time(said.ts)),
        said.edited ? el("span", { class: "edited" }, "disunting") : null,
      ),
      body,
      said.files.map(file),
      marks.length ? el("div", { class: "reactions" }, marks) : null,
      replies,
    ),
    tools(said, room),
  );
}

function values(state) {
  const made = {};
  for (const [block, actions] of Object.entries(state ?? {})) {
    for (const [action, told] of Object.entries(actions)) {
      const [key] = Object.keys(told).filter((name) => name !== "type");
      (made[block] ??= {})[action] = told[key];
    }
  }
  return made;
}

export function messages(log, listed, room) {
  const scroll = log.closest(".scroll");
  const below = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 80;
  const known = new Map([...log.querySelectorAll(".message")].map((each) => [each.dataset.ts, each]));
  const made = [];
  let before = "";
  for (const said of listed) {
    const today = date(said.ts);
    if (today !== before) made.push(el("p", { class: "day" }, el("span", {}, today)));
    before = today;
    const sign = JSON.stringify([said, room.sign]);
    const kept = known.get(said.ts);
    const one = kept?.sign === sign ? kept : message(said, room);
    one.sign = sign;
    made.push(one);
  }
  if (!listed.length) made.push(el("p", { class: "empty" }, room.empty));
  // Only what is different is touched, so that the focus stays where it is.
  made.forEach((one, place) => {
    const there = log.children[place];
    if (there === one) return;
    if (there?.classList.contains("day") && one.classList.contains("day") && there.textContent === one.textContent) return;
    if (there?.dataset.ts && there.dataset.ts === one.dataset.ts) there.replaceWith(one);
    else log.insertBefore(one, there ?? null);
  });
  while (log.children.length > made.length) log.lastChild.remove();
  if (below || room.fresh) scroll.scrollTop = scroll.scrollHeight;
}
