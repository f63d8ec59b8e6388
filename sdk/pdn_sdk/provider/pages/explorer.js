"use strict";
// Makes the forms of the explorer out of openapi.json. Everything that comes from
// the API is written as text, never as HTML. The token lives in a variable only.

const $ = (id) => document.getElementById(id);
const METHODS = ["get", "post"];
const state = { api: null, operations: [], token: "", tokenUrl: "", asked: null };

function make(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === true) node.setAttribute(key, "");
    else if (value !== false && value != null) node.setAttribute(key, value);
  }
  node.append(...children);
  return node;
}

function say(node, kind, text) {
  const marks = { pass: "✓ ", fail: "✗ ", idle: "" };
  node.className = `notice ${kind}`;
  node.textContent = marks[kind] + text;
  node.hidden = false;
}

const number = (value) => Number(value).toLocaleString("es-MX");

// Addresses are taken from where this page is, so that a prefix set by a server in
// front does no harm.
const address = (path) => new URL(`.${path}`, document.baseURI).href;

async function send(url, options) {
  const started = performance.now();
  const answer = await fetch(url, { credentials: "omit", redirect: "error", ...options });
  const text = await answer.text();
  let body = null;
  try { body = JSON.parse(text); } catch { /* shown as it came */ }
  return { status: answer.status, text, body, took: performance.now() - started };
}

const UNREACHABLE =
  "No hubo respuesta. Revise que la API siga en marcha y su conexión, y repita.";

// --- Access -----------------------------------------------------------------

function showAccess() {
  const schemes = Object.values(state.api.components.securitySchemes);
  const password = schemes.find((s) => s.type === "oauth2");
  if (password) {
    state.tokenUrl = password.flows.password.tokenUrl;
    $("con-usuario").hidden = false;
  }
  $("con-token").hidden = !schemes.some((s) => s.type === "http");
}

async function askToken(event) {
  event.preventDefault();
  const given = new FormData(event.target);
  const form = new URLSearchParams({ grant_type: "password" });
  for (const [name, value] of given) form.set(name, value.trim());
  say($("estado-acceso"), "idle", "Pidiendo el token…");
  try {
    const { status, body } = await send(address(state.tokenUrl), { method: "POST", body: form });
    if (status !== 200 || !body) {
      say($("estado-acceso"), "fail", body?.message ?? `Contestó con estado ${status}.`);
      return;
    }
    accept(body.access_token, body.expires_in);
  } catch {
    say($("estado-acceso"), "fail", UNREACHABLE);
  }
}

function accept(token, seconds) {
  state.token = token;
  const life = seconds ? ` Sirve ${number(Math.round(seconds / 60))} minutos.` : "";
  say($("estado-acceso"), "pass", `Ya tiene un token.${life} Haga su consulta.`);
  $("consulta").focus();
}

// --- Forms --------------------------------------------------------------------

function readOperations() {
  for (const [path, item] of Object.entries(state.api.paths)) {
    for (const method of METHODS) {
      const operation = item[method];
      if (operation && operation.security?.length) {
        state.operations.push({ path, method, ...operation });
      }
    }
  }
  state.operations.forEach((operation, index) => {
    const [tag] = operation.tags ?? [];
    const text = `${tag ? `${tag} · ` : ""}${operation.summary} (${operation.method.toUpperCase()} ${operation.path})`;
    $("operacion").append(make("option", { value: index }, text));
  });
}

const chosen = () => state.operations[$("operacion").value];

const bodySchema = (operation) =>
  operation.requestBody?.content["application/json"]?.schema;

function showForm() {
  const operation = chosen();
  $("descripcion").textContent = operation.description ?? "";
  const fields = $("campos");
  fields.replaceChildren();
  const schema = bodySchema(operation);
  const groups = schema ? groupsOf(schema) : parametersOf(operation);
  for (const [title, rows] of groups) {
    if (!rows.length) continue;
    fields.append(make("fieldset", {}, make("legend", {}, title), make("div", { class: "fields" }, ...rows)));
  }
}

function groupsOf(schema) {
  const { sort, query, ...plain } = schema.properties;
  return [
    ["Filtros", members(query).map(([name, s]) => field(`query.${name}`, name, s))],
    ["Orden", members(sort).length ? sortFields(members(sort).map(([name]) => name)) : []],
    ["Página", Object.entries(plain).map(([name, s]) => field(name, name, s))],
  ];
}

const members = (schema) => Object.entries(schema?.properties ?? {});

function parametersOf(operation) {
  const rows = (operation.parameters ?? [])
    .filter((p) => p.in === "query")
    .map((p) => field(p.name, p.name, { description: p.description, ...p.schema, ...(p.content ? { type: "json" } : {}) }));
  return [["Parámetros", rows]];
}

function field(name, label, schema) {
  const id = `campo-${name}`;
  const options = schema.items?.enum;
  if (schema.type === "array" && options) return choices(name, label, schema, options);
  const hint = schema.description ? make("span", { class: "hint", id: `${id}-ayuda` }, schema.description) : "";
  const isWhole = schema.type === "integer";
  const input = schema.enum
    ? make("select", { id, name }, make("option", { value: "" }, "Sin indicar"), ...schema.enum.map((v) => make("option", { value: v }, String(v))))
    : make("input", {
        id, name, type: isWhole ? "number" : "text", step: isWhole ? 1 : null, spellcheck: "false",
        value: schema.default ?? null, inputmode: isWhole ? "numeric" : null,
      });
  input.dataset.type = Array.isArray(schema.type) ? schema.type[0] : schema.type ?? "string";
  if (hint) input.setAttribute("aria-describedby", `${id}-ayuda`);
  return make("p", {}, make("label", { for: id }, label), hint, input);
}

function choices(name, label, schema, options) {
  const texts = schema.items["x-enum-texts"] ?? [];
  const boxes = options.map((value, index) => {
    const box = make("input", { type: "checkbox", name, value });
    box.dataset.type = schema.items.type;
    return make("label", {}, box, texts[index] ? `${value} · ${texts[index]}` : String(value));
  });
  return make("fieldset", { class: "choices whole" },
    make("legend", {}, label), make("span", { class: "hint" }, schema.description ?? ""), ...boxes);
}

function sortFields(names) {
  const order = make("select", { id: "orden", name: "orden" },
    make("option", { value: "" }, "Sin orden"), ...names.map((n) => make("option", { value: n }, n)));
  const way = make("select", { id: "sentido", name: "sentido" },
    make("option", { value: "asc" }, "Ascendente (asc)"), make("option", { value: "desc" }, "Descendente (desc)"));
  return [
    make("p", {}, make("label", { for: "orden" }, "Ordenar por"), order),
    make("p", {}, make("label", { for: "sentido" }, "Sentido"), way),
  ];
}

// --- Requests -------------------------------------------------------------------

function value(input) {
  const text = input.value;
  if (input.dataset.type === "integer" && /^-?\d+$/.test(text)) return Number(text);
  return text;
}

function bodyOf(form) {
  const body = {};
  for (const input of form.querySelectorAll("[name]")) {
    if (["orden", "sentido"].includes(input.name) || input.value === "") continue;
    if (input.type === "checkbox" && !input.checked) continue;
    const [outer, inner] = input.name.startsWith("query.") ? ["query", input.name.slice(6)] : [null, input.name];
    const place = outer ? (body[outer] ??= {}) : body;
    if (input.type === "checkbox") (place[inner] ??= []).push(value(input));
    else place[inner] = value(input);
  }
  const order = form.elements.namedItem("orden")?.value;
  if (order) body.sort = { [order]: form.elements.namedItem("sentido").value };
  return body;
}

function requestOf(operation, form) {
  const url = new URL(address(operation.path));
  if (bodySchema(operation)) return { method: "POST", url: url.href, body: bodyOf(form) };
  for (const input of form.querySelectorAll("[name]")) {
    if (input.value !== "" && (input.type !== "checkbox" || input.checked)) url.searchParams.append(input.name, input.value);
  }
  return { method: operation.method.toUpperCase(), url: url.href, body: null };
}

const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

function curlOf({ method, url, body }) {
  const lines = [`curl -X ${method} ${quoted(url)}`, '  -H "Authorization: Bearer $TOKEN"'];
  if (body) lines.push("  -H 'Content-Type: application/json'", `  -d ${quoted(JSON.stringify(body))}`);
  return lines.join(" \\\n");
}

async function ask(request) {
  state.asked = request;
  $("respuesta").hidden = false;
  $("curl").textContent = curlOf(request);
  $("cuerpo").textContent = "";
  $("paginas").hidden = true;
  say($("resumen"), "idle", "Consultando…");
  const headers = state.token ? { Authorization: `Bearer ${state.token}` } : {};
  if (request.body) headers["Content-Type"] = "application/json";
  try {
    const body = request.body ? JSON.stringify(request.body) : undefined;
    show(await send(request.url, { method: request.method, headers, body }));
  } catch {
    say($("resumen"), "fail", UNREACHABLE);
  }
  $("respuesta").focus();
}

function show({ status, text, body, took }) {
  const time = `en ${number(Math.round(took))} ms`;
  $("cuerpo").textContent = body === null ? text : JSON.stringify(body, null, 2);
  if (status !== 200) {
    say($("resumen"), "fail", `Estado ${status}, ${time}. ${body?.message ?? ""}`);
    return;
  }
  say($("resumen"), "pass", `Estado 200, ${time}. ${counted(body)}`);
  const pages = body?.pagination;
  if (!pages || !state.asked.body) return;
  $("paginas").hidden = false;
  $("anterior").disabled = pages.page <= 1;
  $("siguiente").disabled = !pages.hasNextPage;
}

const rows = (count) => `${number(count)} ${count === 1 ? "registro" : "registros"}`;

function counted(body) {
  if (Array.isArray(body)) return `${number(body.length)} en la lista.`;
  if (body?.pagination) {
    const { page, totalRows } = body.pagination;
    return `${rows(totalRows)} en total; en la página ${number(page)}, ${rows((body.results ?? []).length)}.`;
  }
  if (Array.isArray(body?.data)) return `${rows(body.data.length)} en esta respuesta.`;
  return "";
}

function turn(step) {
  const body = { ...state.asked.body, page: (state.asked.body.page ?? 1) + step };
  const shown = $("campo-page");
  if (shown) shown.value = body.page;
  ask({ ...state.asked, body });
}

// --- Start ----------------------------------------------------------------------

async function start() {
  try {
    state.api = (await send(address("/openapi.json"), {})).body;
    showAccess();
    readOperations();
    showForm();
  } catch {
    say($("trouble"), "fail", "No se pudo leer la descripción de la API. Recargue la página.");
    return;
  }
  $("con-usuario").addEventListener("submit", askToken);
  $("con-token").addEventListener("submit", (event) => {
    event.preventDefault();
    accept($("fixed").value.trim());
  });
  $("operacion").addEventListener("change", showForm);
  $("parametros").addEventListener("submit", (event) => {
    event.preventDefault();
    ask(requestOf(chosen(), event.target));
  });
  $("anterior").addEventListener("click", () => turn(-1));
  $("siguiente").addEventListener("click", () => turn(1));
  $("copiar").addEventListener("click", async () => {
    try { await navigator.clipboard.writeText($("curl").textContent); } catch { return; }
    $("copiar").textContent = "✓ Copiado";
  });
}

start();
