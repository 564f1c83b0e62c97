// The box to write in, with what can be written: commands after a slash, people after an at sign.

import { el } from "./dom.js";
import { fresh } from "./elements.js";

export function composer(form, words, { send, state }) {
  const listId = fresh("commands");
  const list = el("ul", { class: "options", role: "listbox", id: listId, hidden: true });
  const text = el("textarea", {
    rows: 1, placeholder: words, "aria-label": words, role: "combobox", "aria-autocomplete": "list", "aria-controls": listId, "aria-expanded": "false",
  });
  const button = el("button", { type: "submit", class: "send", "aria-label": "Kirim" }, "➤");
  let found = [];
  let at = 0;

  const close = () => {
    list.hidden = true;
    found = [];
    text.setAttribute("aria-expanded", "false");
    text.removeAttribute("aria-activedescendant");
  };
  const fit = () => {
    text.style.height = "auto";
    // Where it is not shown it has no height yet.
    if (text.value && text.scrollHeight) text.style.height = `${Math.min(text.scrollHeight, 160)}px`;
    button.disabled = !text.value.trim();
  };
  const take = (each) => {
    text.value = text.value.replace(/(\/\S*|@[\w.-]*)$/, `${each.value} `);
    close();
    fit();
    text.focus();
  };
  const offers = () => {
    const known = state();
    if (!known) return [];
    const typed = /^\/\S*$/.exec(text.value);
    if (typed) {
      return known.commands
        .filter((each) => each.name.startsWith(typed[0]))
        .map((each) => ({ value: each.name, words: `${each.name} ${each.usage}`, more: each.description }));
    }
    const named = /(?:^|\s)@([\w.-]*)$/.exec(text.value);
    if (!named) return [];
    return Object.values(known.users)
      .filter((each) => each.name.startsWith(named[1]))
      .slice(0, 8)
      .map((each) => ({ value: `@${each.name}`, words: `@${each.name}`, more: each.real_name }));
  };
  const suggest = () => {
    found = offers();
    at = 0;
    if (!found.length) return close();
    list.replaceChildren(
      ...found.map((each, place) =>
        el("li", { role: "option", id: `${listId}-${place}`, onpointerdown: (event) => { event.preventDefault(); take(each); } },
          el("span", {}, each.words), el("small", {}, each.more))),
    );
    list.hidden = false;
    text.setAttribute("aria-expanded", "true");
    return mark();
  };
  const mark = () => {
    [...list.children].forEach((item, place) => item.setAttribute("aria-selected", String(place === at)));
    text.setAttribute("aria-activedescendant", `${listId}-${at}`);
  };
  const submit = () => {
    const said = text.value.trim();
    if (!said) return;
    text.value = "";
    close();
    fit();
    send(said);
  };
  text.addEventListener("input", () => { fit(); suggest(); });
  text.addEventListener("blur", close);
  text.addEventListener("keydown", (event) => {
    const open = found.length > 0;
    if (open && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      at = (at + (event.key === "ArrowDown" ? 1 : -1) + found.length) % found.length;
      mark();
    } else if (open && (event.key === "Tab" || (event.key === "Enter" && found[at].value !== text.value))) {
      event.preventDefault();
      take(found[at]);
    } else if (open && event.key === "Escape") {
      event.stopPropagation();
      close();
    } else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      submit();
    }
  });
  form.addEventListener("submit", (event) => { event.preventDefault(); submit(); });
  form.replaceChildren(list, el("div", { class: "box" }, text, button));
  fit();
  return { focus: () => text.focus(), rename: (said) => { text.placeholder = said; text.setAttribute("aria-label", said); } };
}
