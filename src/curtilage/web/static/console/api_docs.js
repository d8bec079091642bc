// The OpenAPI document as a list: what there is, what it takes, what it answers. Text only, no markup from the document.

const place = document.querySelector("[data-operations]");
const reply = await fetch("/api/v1/openapi.json");
if (reply.ok) show(await reply.json());
else place.append(make("p", `The document could not be read (${reply.status}).`));

function show(document_) {
  const groups = new Map();
  for (const [path, methods] of Object.entries(document_.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const group = operation.tags?.[0] ?? "other";
      if (!groups.has(group)) groups.set(group, []);
      groups.get(group).push(describe(document_, path, method, operation));
    }
  }
  for (const [name, operations] of groups) place.append(make("h2", capital(name)), ...operations);
}

function describe(document_, path, method, operation) {
  const summary = make("summary", make("span", method.toUpperCase(), "method"), make("code", path), make("span", operation.description ?? operation.summary ?? "", "muted"));
  const details = make("details", summary);
  const inputs = (operation.parameters ?? []).map((item) => [`${item.name} (${item.in})`, kind(document_, item.schema)]);
  const body = operation.requestBody?.content?.["application/json"]?.schema;
  inputs.push(...fields(document_, body));
  if (inputs.length > 0) details.append(make("p", "Takes", "muted"), list(inputs));
  for (const [status, answer] of Object.entries(operation.responses ?? {})) {
    if (!status.startsWith("2")) continue;
    const schema = answer.content?.["application/json"]?.schema;
    const given = fields(document_, schema?.items ?? schema);
    details.append(make("p", `Answers ${status}${schema?.items ? ", a list of" : ""}`, "muted"));
    if (given.length > 0) details.append(list(given));
  }
  return make("article", details, "operation");
}

function fields(document_, schema) {
  const whole = resolve(document_, schema);
  return Object.entries(whole?.properties ?? {}).map(([name, item]) => [
    whole.required?.includes(name) ? name : `${name} (may be left out)`,
    kind(document_, item),
  ]);
}

function kind(document_, schema) {
  const whole = resolve(document_, schema) ?? {};
  if (whole.enum) return whole.enum.join(" or ");
  if (whole.anyOf) return whole.anyOf.map((item) => kind(document_, item)).join(" or ");
  return whole.type === "array" ? `list of ${kind(document_, whole.items)}` : (whole.type ?? whole.title ?? "anything");
}

function resolve(document_, schema) {
  const name = schema?.$ref?.split("/").at(-1);
  return name === undefined ? schema : document_.components.schemas[name];
}

function list(pairs) {
  const whole = make("dl");
  for (const [name, text] of pairs) whole.append(make("dt", make("code", name)), make("dd", text));
  return whole;
}

function make(tag, ...content) {
  const element = document.createElement(tag);
  const named = content.length > 1 && typeof content.at(-1) === "string" && /^(muted|method|operation)$/.test(content.at(-1));
  if (named) element.className = content.pop();
  element.append(...content);
  return element;
}

function capital(text) {
  return text[0].toUpperCase() + text.slice(1);
}
