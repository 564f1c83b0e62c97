// Blocks as elements.

import { el } from "./dom.js";
import { element, fresh } from "./elements.js";
import { textOf } from "./mrkdwn.js";

const image = (block) => el("figure", {}, el("div", { class: "picture", role: "img", "aria-label": block.alt_text }, block.alt_text));

function section(block, env) {
  const text = block.text ? el("div", { class: "text" }, textOf(block.text, env.names)) : null;
  const fields = block.fields
    ? el("div", { class: "fields" }, block.fields.map((each) => el("div", { class: "text" }, textOf(each, env.names))))
    : null;
  const beside = block.accessory && (block.accessory.type === "image" ? image(block.accessory) : element(block, block.accessory, env));
  return el("div", { class: "section" }, el("div", { class: "body" }, text, fields), beside);
}

function input(block, env) {
  const made = element(block, block.element, env, Boolean(block.dispatch_action));
  const control = made.matches("input,select,textarea") ? made : made.querySelector("input,select,textarea");
  const name = fresh("label");
  const error = env.errors?.[block.block_id];
  const described = [];
  const below = (text, kind) => {
    const id = fresh(kind);
    described.push(id);
    return el("p", { class: kind, id, role: kind === "error" ? "alert" : null }, text);
  };
  const label = el("label", { class: "label", id: name }, block.label.text, block.optional ? el("small", {}, " (opsional)") : null);
  const parts = [error ? below(error, "error") : null, block.hint ? below(block.hint.text, "hint") : null];
  if (made.matches(".choices")) made.setAttribute("aria-labelledby", name);
  else if (control) {
    control.id = fresh("field");
    label.htmlFor = control.id;
  }
  if (control && described.length) control.setAttribute("aria-describedby", described.join(" "));
  if (control && error) control.setAttribute("aria-invalid", "true");
  return el("div", { class: `input ${error ? "wrong" : ""}` }, label, made, parts);
}

const MAKERS = {
  section,
  input,
  image,
  divider: () => el("hr"),
  header: (block, env) => el("h3", { class: "header" }, textOf(block.text, env.names)),
  context: (block, env) =>
    el("div", { class: "context" }, block.elements.map((each) => (each.type === "image" ? image(each) : el("span", { class: "text" }, textOf(each, env.names))))),
  actions: (block, env) => el("div", { class: "actions" }, block.elements.map((each) => element(block, each, env))),
};

export function blocks(listed, env) {
  return el("div", { class: "blocks" }, listed.map((block) => (MAKERS[block.type] ? MAKERS[block.type](block, env) : null)));
}
