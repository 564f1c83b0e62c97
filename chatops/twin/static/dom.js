// Makes elements. Text is only ever set as text: nothing that a host or a person has written is read as HTML.

export function el(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (key === "class") made.className = value;
    else if (key in made && typeof value !== "string") made[key] = value;
    else made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ""));
  return made;
}

export async function post(deed, said) {
  const answer = await fetch(`/client/${deed}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(said),
  });
  return answer.json();
}

const clock = new Intl.DateTimeFormat("id-ID", { timeZone: "Asia/Jakarta", hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat("id-ID", { timeZone: "Asia/Jakarta", weekday: "long", day: "numeric", month: "long" });
export const time = (ts) => clock.format(new Date(Number(ts) * 1000));
export const date = (ts) => day.format(new Date(Number(ts) * 1000));

// Slack's dates, such as <!date^1770000000^{date_short_pretty} {time}|…>, in this reader's zone.
const parts = {
  "{time}": { hour: "2-digit", minute: "2-digit" },
  "{time_secs}": { hour: "2-digit", minute: "2-digit", second: "2-digit" },
  "{date_num}": { year: "numeric", month: "2-digit", day: "2-digit" },
};
export function moment(seconds, pattern) {
  const at = new Date(Number(seconds) * 1000);
  return pattern.replace(/\{\w+\}/g, (part) => {
    const options = parts[part] ?? { day: "numeric", month: "short", year: "numeric" };
    return new Intl.DateTimeFormat("id-ID", { timeZone: "Asia/Jakarta", ...options }).format(at);
  });
}
