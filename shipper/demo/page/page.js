"use strict";
// Everything shown here was written by someone else: it is set as text only, never as markup.

const REFRESH_MS = 1000;
const rows = new Map(); // trace id -> { row, details, version }

function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) {
    if (value !== null && value !== undefined) made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

const whole = new Intl.NumberFormat("en");

function money(usd) {
  if (usd === null || usd === undefined) return null;
  if (usd === 0) return "$0";
  if (usd < 0.000001) return "< $0.000001";
  return "$" + usd.toFixed(usd >= 1 ? 2 : usd >= 0.01 ? 4 : 6);
}

function seconds(value) {
  if (value === null || value === undefined) return null;
  return value >= 10 ? value.toFixed(1) + " s" : value >= 1 ? value.toFixed(2) + " s" : Math.round(value * 1000) + " ms";
}

function clock(epoch) {
  if (epoch === null || epoch === undefined) return null;
  return new Date(epoch * 1000).toLocaleTimeString("en-GB");
}

function pretty(value) {
  return typeof value === "string" ? value : JSON.stringify(value, null, 2);
}

function cell(kind, text, note) {
  const known = text !== null && text !== undefined && text !== "";
  const made = element("td", { class: known ? kind : kind + " unknown" }, known ? String(text) : "–");
  if (note) made.append(element("span", { class: "note" }, note));
  return made;
}

function fillTotals(totals) {
  const shown = [
    ["Traces", whole.format(totals.traces)],
    ["Calls", whole.format(totals.calls)],
    ["Tokens", whole.format(totals.tokens)],
    ["Cost", money(totals.cost_usd)],
    ["Errors", whole.format(totals.errors), totals.errors ? "error" : null],
  ];
  document.getElementById("totals").replaceChildren(
    ...shown.map(([label, value, kind]) => element("div", { class: kind }, element("dt", {}, label), element("dd", {}, value)))
  );
}

function fillRow(entry, trace) {
  const { row } = entry;
  const error = trace.level === "ERROR";
  const about = [trace.user, trace.session, ...trace.tags].filter(Boolean).join(" · ");
  const unpriced = trace.unpriced && trace.cost_usd !== null ? "+ " + trace.unpriced + " unpriced" : null;
  row.replaceChildren(
    element("td", { class: "toggle" }, entry.button),
    cell("name", trace.name || trace.id, about),
    cell("model", trace.models.join(", "), trace.calls > 1 ? trace.calls + " calls" : null),
    cell("number", trace.tokens ? whole.format(trace.tokens) : null),
    cell("number", money(trace.cost_usd), unpriced),
    cell("number", seconds(trace.latency_s)),
    element("td", {}, element("span", { class: error ? "level error" : "level" }, error ? "error" : "ok")),
    cell("number", clock(trace.time))
  );
}

// A chat as [{ role, text }], or null where the value is anything else (and then shown as the JSON it is).
function chat(value) {
  const messages = Array.isArray(value) ? value : value && value.messages ? value.messages : [value];
  if (!Array.isArray(messages) || !messages.length) return null;
  const said = messages.map((message) => {
    if (!message || typeof message.role !== "string") return null;
    const calls = message.tool_calls || [];
    if (typeof message.content !== "string" && !calls.length) return null;
    const asked = calls.map((call) => call.function && call.function.name + "(" + call.function.arguments + ")");
    return { role: message.role, text: [message.content, ...asked].filter(Boolean).join("\n") };
  });
  return said.every(Boolean) ? said : null;
}

function body(label, value) {
  if (value === null || value === undefined) return null;
  const said = chat(value);
  if (!said) return element("div", {}, element("h3", {}, label), element("pre", { tabindex: "0" }, pretty(value)));
  const rest = value.messages ? Object.fromEntries(Object.entries(value).filter(([key]) => key !== "messages")) : null;
  return element(
    "div",
    {},
    element("h3", {}, label),
    ...said.map(({ role, text }) => element("pre", { tabindex: "0" }, element("span", { class: "role" }, role), text)),
    folded("Beside the messages", rest)
  );
}

function folded(label, value) {
  if (!value || !Object.keys(value).length) return null;
  return element("details", {}, element("summary", {}, label), element("pre", { tabindex: "0" }, pretty(value)));
}

function observation(item) {
  const fields = item.fields;
  const tokens = item.tokens ? whole.format(item.tokens) + " tokens" : null;
  const about = [item.type.toLowerCase(), fields.model, tokens, money(item.cost_usd), seconds(item.latency_s)];
  return element(
    "section",
    { class: fields.level === "ERROR" ? "observation error" : "observation" },
    element("h2", {}, fields.name || item.id),
    element("p", { class: "facts" }, about.filter(Boolean).join(" · ")),
    fields.statusMessage ? element("p", { class: "status" }, fields.statusMessage) : null,
    element("div", { class: "bodies" }, ...[body("Input", fields.input), body("Output", fields.output)].filter(Boolean)),
    folded("Usage and cost", { ...(fields.usageDetails && { usage: fields.usageDetails }), ...(fields.costDetails && { cost: fields.costDetails }) }),
    folded("Parameters", fields.modelParameters),
    folded("Metadata", fields.metadata)
  );
}

async function fillDetails(entry, id) {
  const answer = await fetch("trace.json?id=" + encodeURIComponent(id));
  const holder = element("td", { class: "details", colspan: "8" });
  if (answer.ok) {
    const trace = await answer.json();
    holder.append(...trace.observations.map(observation));
    const meta = folded("Trace metadata", trace.fields.metadata);
    if (meta) holder.append(meta);
  } else {
    holder.append("The inbox no longer holds the details of this trace.");
  }
  if (entry.details) entry.details.replaceChildren(holder);
}

function toggle(entry, id) {
  if (entry.details) {
    entry.details.remove();
    entry.details = null;
  } else {
    entry.details = element("tr", {}, element("td", { class: "details", colspan: "8" }, "Loading…"));
    entry.row.after(entry.details);
    fillDetails(entry, id).catch(() => lost());
  }
  entry.button.setAttribute("aria-expanded", String(Boolean(entry.details)));
}

function newEntry(id) {
  const button = element("button", { class: "open", "aria-expanded": "false", "aria-label": "Details" });
  const entry = { row: element("tr", { class: "trace fresh" }), button, details: null, version: "" };
  entry.row.addEventListener("click", () => toggle(entry, id));
  return entry;
}

function fillTraces(traces) {
  const table = document.getElementById("traces");
  const present = new Set(traces.map((trace) => trace.id));
  for (const [id, entry] of rows) {
    if (present.has(id)) continue;
    entry.row.remove();
    if (entry.details) entry.details.remove();
    rows.delete(id);
  }
  let place = table.firstElementChild;
  for (const trace of traces) {
    let entry = rows.get(trace.id);
    if (!entry) rows.set(trace.id, (entry = newEntry(trace.id)));
    const version = JSON.stringify(trace);
    if (version !== entry.version) {
      fillRow(entry, trace);
      if (entry.details) fillDetails(entry, trace.id).catch(() => lost());
      entry.version = version;
    }
    if (entry.row === place) {
      place = (entry.details || entry.row).nextElementSibling;
    } else {
      table.insertBefore(entry.row, place);
      if (entry.details) table.insertBefore(entry.details, place);
    }
  }
}

function lost() {
  const state = document.getElementById("state");
  state.textContent = "The inbox has stopped. What it showed last stays here.";
  state.className = "lost";
}

async function refresh() {
  const data = await (await fetch("data.json")).json();
  fillTotals(data.totals);
  fillTraces(data.traces);
  const hidden = data.totals.traces - data.traces.length;
  document.getElementById("empty").hidden = data.traces.length > 0;
  const more = document.getElementById("more");
  more.hidden = hidden <= 0;
  more.textContent = "and " + whole.format(hidden) + " earlier ones, counted above";
  const state = document.getElementById("state");
  state.className = "";
  state.textContent = data.totals.traces ? "Latest first; click a row for its calls" : "Waiting for the first batch";
}

async function follow() {
  try {
    await refresh();
  } catch {
    lost();
  }
  setTimeout(follow, REFRESH_MS);
}

follow();
