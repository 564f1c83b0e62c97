// What can be pressed, chosen or filled in. `env` says where it stands, what is chosen there, and what to do then.

import { el } from "./dom.js";
import { textOf } from "./mrkdwn.js";

let count = 0;
export const fresh = (kind) => `${kind}-${(count += 1)}`;
const label = (object) => (object ? object.text : "");
const flat = (element) => element.options ?? (element.option_groups ?? []).flatMap((group) => group.options);

function current(env, block, element) {
  const state = env.values?.[block.block_id]?.[element.action_id];
  if (state !== undefined) return state;
  return (
    element.initial_value ?? element.initial_option ?? element.initial_options ?? element.initial_user ??
    element.initial_date ?? element.initial_time ?? (/^multi_|checkboxes/.test(element.type) ? [] : null)
  );
}

function keep(env, block, element, value, acts) {
  ((env.values ??= {})[block.block_id] ??= {})[element.action_id] = value;
  if (acts) env.press(block, element, value);
}

function button(block, element, env) {
  const made = el(
    "button",
    {
      type: "button",
      class: `button ${element.style ?? ""}`,
      "aria-label": element.accessibility_label,
      onclick: async () => {
        if (element.confirm && !(await env.confirm(element.confirm))) return;
        if (element.url) window.open(element.url, "_blank", "noopener");
        made.disabled = true;
        made.classList.add("busy");
        await env.press(block, element, element.value ?? null);
        made.disabled = false;
        made.classList.remove("busy");
      },
    },
    textOf(element.text, env.names),
  );
  return made;
}

function option(each, chosen) {
  return el("option", { value: each.value, selected: each.value === chosen?.value }, label(each.text));
}

function menu(block, element, env, acts) {
  const overflow = element.type === "overflow";
  const chosen = overflow ? null : current(env, block, element);
  const groups = element.option_groups?.map((group) =>
    el("optgroup", { label: label(group.label) }, group.options.map((each) => option(each, chosen))),
  );
  const made = el(
    "select",
    {
      class: overflow ? "overflow" : "",
      onchange: async () => {
        const value = flat(element).find((each) => each.value === made.value) ?? null;
        if (overflow) made.value = "";
        if (value && element.confirm && !(await env.confirm(element.confirm))) return;
        keep(env, block, element, value, acts);
      },
    },
    el("option", { value: "" }, overflow ? "…" : label(element.placeholder) || "Pilih"),
    groups ?? element.options.map((each) => option(each, chosen)),
  );
  if (overflow) made.setAttribute("aria-label", "Pilihan lain");
  return made;
}

function people(block, element, env, acts) {
  const chosen = current(env, block, element);
  const known = Object.entries(env.names.users).filter(([, user]) => !user.is_bot);
  const made = el(
    "select",
    { onchange: () => keep(env, block, element, made.value || null, acts) },
    el("option", { value: "" }, label(element.placeholder) || "Pilih orang"),
    known.map(([id, user]) => el("option", { value: id, selected: id === chosen }, user.real_name)),
  );
  return made;
}

function several(block, element, env, acts) {
  const one = element.type === "radio_buttons";
  const chosen = new Set([current(env, block, element)].flat().filter(Boolean).map((each) => each.value));
  const name = fresh("choice");
  const boxes = flat(element).map((each) => {
    const box = el("input", { type: one ? "radio" : "checkbox", name, value: each.value, checked: chosen.has(each.value) });
    box.addEventListener("change", () => {
      const picked = flat(element).filter((_, place) => boxes[place].firstChild.checked);
      keep(env, block, element, one ? picked[0] ?? null : picked, acts);
    });
    const more = each.description ? el("small", {}, textOf(each.description, env.names)) : null;
    return el("label", { class: "choice" }, box, el("span", {}, textOf(each.text, env.names), more));
  });
  return el("div", { class: "choices", role: one ? "radiogroup" : "group" }, boxes);
}

function field(block, element, env, acts) {
  const kinds = { datepicker: "date", timepicker: "time", number_input: "number" };
  const lines = element.type === "plain_text_input" && element.multiline;
  const made = el(lines ? "textarea" : "input", {
    type: lines ? null : kinds[element.type] ?? "text",
    placeholder: label(element.placeholder),
    maxlength: element.max_length ?? (element.type === "plain_text_input" ? 3000 : null),
    minlength: element.min_length,
    min: element.min_value,
    max: element.max_value,
    step: element.is_decimal_allowed ? "any" : null,
    rows: lines ? 4 : null,
  });
  made.value = current(env, block, element) ?? "";
  const chosen = kinds[element.type] && element.type !== "number_input";
  made.addEventListener("input", () => keep(env, block, element, made.value, false));
  if (acts) made.addEventListener(chosen ? "change" : "blur", () => keep(env, block, element, made.value, true));
  return made;
}

// A select whose options the app knows: typed into, searched, chosen by arrows or by the pointer.
function search(block, element, env, acts) {
  const multi = element.type.startsWith("multi_");
  const least = element.min_query_length ?? 3;
  const listId = fresh("list");
  const chips = el("ul", { class: "chips" });
  const list = el("ul", { class: "options", role: "listbox", id: listId, hidden: true });
  const input = el("input", {
    type: "text", role: "combobox", autocomplete: "off", placeholder: label(element.placeholder) || "Cari…",
    "aria-expanded": "false", "aria-controls": listId, "aria-autocomplete": "list",
  });
  let found = [];
  let at = -1;
  let asked = 0;
  let timer = 0;
  const chosen = () => [current(env, block, element)].flat().filter(Boolean);

  const close = () => {
    list.hidden = true;
    at = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  const pick = (each) => {
    const others = chosen().filter((known) => known.value !== each.value);
    keep(env, block, element, multi ? [...others, each] : each, acts);
    close();
    show();
    input.focus();
  };
  const drop = (each) => {
    keep(env, block, element, multi ? chosen().filter((known) => known.value !== each.value) : null, acts);
    show();
    input.focus();
  };
  const show = () => {
    input.value = multi ? "" : label(chosen()[0]?.text);
    chips.replaceChildren(
      ...(multi ? chosen() : []).map((each) =>
        el("li", {}, label(each.text),
          el("button", { type: "button", "aria-label": `Hapus ${label(each.text)}`, onclick: () => drop(each) }, "✕"))),
    );
    chips.hidden = !chips.children.length;
  };
  const mark = () => {
    [...list.children].forEach((item, place) => item.setAttribute("aria-selected", String(place === at)));
    const item = list.children[at];
    if (!item) return;
    input.setAttribute("aria-activedescendant", item.id);
    item.scrollIntoView({ block: "nearest" });
  };
  const say = (words) => {
    list.replaceChildren(el("li", { class: "none" }, words));
    list.hidden = false;
  };
  const ask = async (value) => {
    const number = (asked += 1);
    if (value.length < least) return say(`Ketik sedikitnya ${least} huruf`);
    say("Mencari…");
    const answer = await env.suggest(block, element, value);
    if (number !== asked) return undefined;
    found = answer.options ?? [];
    at = found.length ? 0 : -1;
    if (!found.length) return say(answer.note || "Tidak ada yang cocok");
    list.replaceChildren(
      ...found.map((each) =>
        el("li", { role: "option", id: fresh("option"), onpointerdown: (event) => { event.preventDefault(); pick(each); } },
          el("span", {}, textOf(each.text, env.names)),
          each.description ? el("small", {}, textOf(each.description, env.names)) : null)),
    );
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
    return mark();
  };
  input.addEventListener("input", () => {
    if (!multi) keep(env, block, element, null, false);
    clearTimeout(timer);
    timer = setTimeout(() => ask(input.value.trim()), 150);
  });
  input.addEventListener("click", () => { if (least === 0 && list.hidden) ask(""); });
  input.addEventListener("blur", () => { close(); show(); });
  input.addEventListener("keydown", (event) => {
    const open = !list.hidden && found.length;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!open) return void ask(input.value.trim());
      at = (at + (event.key === "ArrowDown" ? 1 : -1) + found.length) % found.length;
      mark();
    } else if (event.key === "Enter") {
      // It would send the modal.
      event.preventDefault();
      if (open && at >= 0) pick(found[at]);
    } else if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      event.stopPropagation();
      close();
    } else if (event.key === "Backspace" && multi && !input.value && chosen().length) {
      drop(chosen().at(-1));
    }
    return undefined;
  });
  show();
  return el("div", { class: "search" }, chips, input, list);
}

const MAKERS = {
  button, overflow: menu, static_select: menu, multi_static_select: several, users_select: people,
  radio_buttons: several, checkboxes: several, external_select: search, multi_external_select: search,
};

export function element(block, described, env, acts = true) {
  return (MAKERS[described.type] ?? field)(block, described, env, acts);
}
