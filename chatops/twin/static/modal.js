// The modal that is open, and the question before something that cannot be taken back.

import { blocks } from "./blocks.js";
import { el, post } from "./dom.js";
import { textOf } from "./mrkdwn.js";

const dialog = document.getElementById("modal");
const question = document.getElementById("confirm");
// What was filled in, by the view's id: it stays while the app changes the blocks around it.
const filled = new Map();
let shown = "";

export function confirm(asked, names) {
  return new Promise((resolve) => {
    const close = (yes) => {
      question.close();
      resolve(yes);
    };
    question.replaceChildren(
      el("h2", { id: "confirm-title" }, asked.title.text),
      el("p", { class: "text" }, textOf(asked.text, names)),
      el(
        "footer",
        {},
        el("button", { type: "button", class: "button", onclick: () => close(false) }, asked.deny.text),
        el("button", { type: "button", class: `button ${asked.style ?? "primary"}`, onclick: () => close(true) }, asked.confirm.text),
      ),
    );
    question.setAttribute("aria-labelledby", "confirm-title");
    question.oncancel = (event) => {
      event.preventDefault();
      close(false);
    };
    question.showModal();
  });
}

export function modal(view, user, env) {
  if (!view) {
    if (dialog.open) dialog.close();
    shown = "";
    return;
  }
  const now = JSON.stringify([view.id, view.hash, view.errors]);
  if (now === shown) return;
  const focused = shown && view.id === JSON.parse(shown)[0] ? document.activeElement?.id : "";
  shown = now;
  if (!filled.has(view.id)) filled.set(view.id, {});
  const values = filled.get(view.id);
  const here = { ...env, values, errors: view.errors };
  const leave = (cleared) => post("close", { user, view: view.id, cleared });
  const send = el("button", { type: "submit", class: "button primary" }, view.submit?.text ?? "Kirim");
  const form = el(
    "form",
    {
      novalidate: true,
      onsubmit: async (event) => {
        event.preventDefault();
        if (send.disabled || !view.submit) return;
        send.disabled = true;
        send.classList.add("busy");
        const answer = await post("submit", { user, view: view.id, values: complete(view, values) });
        send.disabled = false;
        send.classList.remove("busy");
        env.note(answer.note);
      },
    },
    el(
      "header",
      {},
      el("h2", { id: "modal-title" }, view.title.text),
      el("button", { type: "button", class: "icon", "aria-label": "Tutup", onclick: () => leave(true) }, "✕"),
    ),
    el("div", { class: "inside" }, blocks(view.blocks, here)),
    el(
      "footer",
      {},
      el("button", { type: "button", class: "button", onclick: () => leave(false) }, view.close?.text ?? (view.depth > 1 ? "Kembali" : "Batal")),
      view.submit ? send : null,
    ),
  );
  dialog.replaceChildren(form);
  dialog.setAttribute("aria-labelledby", "modal-title");
  dialog.oncancel = (event) => {
    event.preventDefault();
    leave(false);
  };
  if (!dialog.open) dialog.showModal();
  const wrong = form.querySelector("[aria-invalid]");
  const first = form.querySelector(".inside input, .inside select, .inside textarea");
  (wrong ?? document.getElementById(focused) ?? first ?? send).focus();
}

// What was never touched is sent as it began.
function complete(view, values) {
  const made = {};
  for (const block of view.blocks) {
    for (const one of [block.element, block.accessory, ...(block.type === "actions" ? block.elements : [])]) {
      if (!one?.action_id) continue;
      const began = one.initial_value ?? one.initial_option ?? one.initial_options ?? one.initial_user ?? one.initial_date ?? one.initial_time ?? null;
      (made[block.block_id] ??= {})[one.action_id] = values[block.block_id]?.[one.action_id] ?? began;
    }
  }
  return made;
}
