// Slack's mrkdwn as elements: *bold*, _italic_, ~struck~, `code`, quotes, lists as they stand, links and mentions.

import { el, moment } from "./dom.js";

const EMOJI = {
  white_check_mark: "✅", heavy_check_mark: "✔️", x: "❌", warning: "⚠️", hourglass_flowing_sand: "⏳", hourglass: "⌛",
  lock: "🔒", unlock: "🔓", rotating_light: "🚨", no_entry: "⛔", clock: "🕘", bell: "🔔", memo: "📝", mag: "🔍",
  arrows_counterclockwise: "🔄", arrow_right: "➡️", large_green_circle: "🟢", large_yellow_circle: "🟡", red_circle: "🔴",
  white_circle: "⚪", large_blue_circle: "🔵", package: "📦", wrench: "🔧", eyes: "👀", thumbsup: "👍", "+1": "👍", tada: "🎉",
  octagonal_sign: "🛑", calendar: "📅", paperclip: "📎", bulb: "💡", leftwards_arrow_with_hook: "↩️", wave: "👋",
  key: "🔑", checkered_flag: "🏁",
};

const plain = (text) => text.replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&amp;/g, "&");
const emoji = (text) => text.replace(/:([\w+-]+):/g, (whole, name) => EMOJI[name] ?? whole);

// Atoms stand in the text as one private letter each while the styles around them are looked for.
const FIRST = 0xe000;
const atom = (letter) => letter.charCodeAt(0) - FIRST;

function link(inside, names) {
  const [target, label] = inside.split("|", 2);
  if (target.startsWith("@")) {
    const known = names.users[target.slice(1)];
    return el("span", { class: "mention" }, `@${known ? known.name : plain(label ?? target.slice(1))}`);
  }
  if (target.startsWith("#")) return el("span", { class: "mention" }, `#${plain(label ?? target.slice(1))}`);
  if (target.startsWith("!subteam^")) {
    return el("span", { class: "mention" }, `@${names.groups[target.slice(9)] ?? plain(label ?? "grup")}`);
  }
  if (target.startsWith("!date^")) {
    const [, seconds, pattern] = target.split("^");
    return el("time", { title: plain(label ?? "") }, moment(seconds, pattern ?? "{date_short} {time}"));
  }
  if (target.startsWith("!")) return el("span", { class: "mention loud" }, `@${plain(target.slice(1))}`);
  if (/^(https?:|mailto:)/.test(target)) {
    return el("a", { href: plain(target), rel: "noopener noreferrer", target: "_blank" }, plain(label ?? target));
  }
  return document.createTextNode(plain(`<${inside}>`));
}

const STYLES = [["*", "strong"], ["_", "em"], ["~", "s"]];

function styled(text, atoms) {
  for (const [sign, name] of STYLES) {
    const mark = sign === "*" ? "\\*" : sign;
    const found = new RegExp(`(^|[^\\p{L}\\p{N}${mark}])${mark}(?=\\S)([^${mark}\\n]*?\\S)${mark}(?![\\p{L}\\p{N}${mark}])`, "u").exec(text);
    if (found) {
      const start = found.index + found[1].length;
      return [
        ...styled(text.slice(0, start), atoms),
        el(name, {}, ...styled(found[2], atoms)),
        ...styled(text.slice(found.index + found[0].length), atoms),
      ];
    }
  }
  return text.split(/([\ue000-\uf8ff])/).filter(Boolean).map((part) => {
    const known = part.length === 1 ? atoms[atom(part)] : undefined;
    return known ?? document.createTextNode(emoji(plain(part)));
  });
}

export function mrkdwn(text, names) {
  const atoms = [];
  const keep = (node) => {
    atoms.push(node);
    return String.fromCharCode(FIRST + atoms.length - 1);
  };
  const marked = text
    .replace(/[\ue000-\uf8ff]/g, "�")
    .replace(/```\n?([\s\S]*?)```/g, (_, code) => keep(el("pre", {}, plain(code))))
    .replace(/`([^`\n]+)`/g, (_, code) => keep(el("code", {}, plain(code))))
    .replace(/<([^<>\n]+)>/g, (_, inside) => keep(link(inside, names)));
  const made = document.createDocumentFragment();
  let quote = null;
  marked.split("\n").forEach((line, place) => {
    const quoted = line.startsWith("&gt;");
    if (quoted && !quote) made.append((quote = el("blockquote")));
    else if (quoted) quote.append(el("br"));
    else if (quote) quote = null;
    else if (place) made.append(document.createTextNode("\n"));
    (quoted ? quote : made).append(...styled(quoted ? line.replace(/^&gt; ?/, "") : line, atoms));
  });
  return made;
}

export function textOf(object, names) {
  if (!object) return "";
  return object.type === "mrkdwn" ? mrkdwn(object.text, names) : document.createTextNode(emoji(object.text));
}
