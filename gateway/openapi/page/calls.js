// The form that calls an operation, and the console of a WebSocket.

import { h, markdown, quoted } from "./text.js";

const LONGEST_ANSWER = 1 << 20; // characters shown
let fields = 0;

/** One row of a form; `value()` is the text of its control. */
function row(name, control, { required = false, description = "" } = {}) {
  control.id = `field-${++fields}`;
  return h(
    "div",
    { class: "parameter" },
    h("label", { for: control.id }, name, required ? h("span", { class: "required" }, "required") : null),
    control,
    markdown(description),
  );
}

function choice(values, emptyText = "") {
  return h("select", {}, h("option", { value: "" }, emptyText), values.map((value) => h("option", { value }, value)));
}

function lines(text) {
  return text.split("\n").map((line) => line.trim()).filter((line) => line);
}

/** One parameter: its control, and what it adds to a request. */
class Parameter {
  constructor(parameter, schemas) {
    this.parameter = parameter;
    const schema = schemas.resolve(parameter.schema ?? {});
    const items = schema.type === "array" ? schemas.resolve(schema.items) : null;
    this.form = parameter.content ? "json" : parameter.style === "deepObject" ? "map" : items ? "list" : "one";
    if (this.form === "one" && schema.enum) this.control = choice(schema.enum);
    else if (this.form === "one" && schema.type === "boolean") this.control = choice(["true", "false"]);
    else if (this.form === "one") this.control = h("input", { type: "text", placeholder: schemas.label(parameter.schema ?? {}), autocomplete: "off" });
    else {
      const hints = { json: "JSON", map: "key=value, one a line", list: items?.enum ? `one a line: ${items.enum.join(", ")}` : "one value a line" };
      this.control = h("textarea", { rows: "2", placeholder: hints[this.form], spellcheck: "false" });
    }
    this.control.name = parameter.name;
    this.row = row(parameter.name, this.control, parameter);
  }

  get text() {
    return this.control.value;
  }

  inPath(path) {
    const encoded = this.parameter["x-many-segments"]
      ? this.text.split("/").map(encodeURIComponent).join("/")
      : encodeURIComponent(this.text);
    return path.replace(`{${this.parameter.name}}`, encoded);
  }

  addTo(query) {
    const { name } = this.parameter;
    if (!this.text) return;
    if (this.form === "list") for (const value of lines(this.text)) query.append(name, value);
    else if (this.form === "map") {
      for (const line of lines(this.text)) {
        const [key, ...value] = line.split("=");
        query.append(`${name}[${key.trim()}]`, value.join("=").trim());
      }
    } else query.append(name, this.text);
  }
}

/** The form of one operation. `token()` is the access token, `useToken` takes one that an answer brought. */
export class TryIt {
  #operation;
  #token;
  #useToken;
  #parameters;
  #body = null;
  #file = null;
  #bodyType = "";
  #accept = null;
  #curl = h("pre", { class: "curl" });
  #answer = h("div", { class: "answer", "aria-live": "polite" });
  #send = h("button", { type: "submit", class: "main" }, "Send");
  #cancel = h("button", { type: "button", hidden: true, click: () => this.#abort?.abort() }, "Stop");
  #abort = null;

  constructor(operation, schemas, token, useToken) {
    this.#operation = operation;
    this.#token = token;
    this.#useToken = useToken;
    this.#parameters = (operation.parameters ?? []).map((parameter) => new Parameter(schemas.resolve(parameter), schemas));
    const rows = this.#parameters.map((parameter) => parameter.row);
    rows.push(...this.#bodyRows(schemas));
    const success = Object.keys(operation.responses).find((status) => status.startsWith("2"));
    const accepted = Object.keys(schemas.resolve(operation.responses[success]).content ?? {});
    if (accepted.length > 1) {
      this.#accept = h("select", {}, accepted.map((type) => h("option", { value: type }, type)));
      rows.push(row("Accept", this.#accept));
    }
    this.element = h(
      "form",
      { class: "try", submit: (event) => { event.preventDefault(); this.#call(); }, input: () => this.#showCurl() },
      h("h3", {}, "Try it"),
      rows,
      h("div", { class: "buttons" }, this.#send, this.#cancel, h("button", { type: "button", click: () => navigator.clipboard?.writeText(this.#curl.textContent) }, "Copy curl")),
      this.#curl,
      this.#answer,
    );
    this.#showCurl();
  }

  #bodyRows(schemas) {
    const content = this.#operation.requestBody?.content;
    if (!content) return [];
    const [type, media] = Object.entries(content)[0];
    if (type === "*/*") {
      this.#file = h("input", { type: "file" });
      return [row("body", this.#file)];
    }
    this.#bodyType = type;
    this.#body = h("textarea", { rows: "8", spellcheck: "false" });
    this.#body.name = "body";
    this.#body.value = JSON.stringify(schemas.example(media.schema), null, 2);
    return [row("body", this.#body, { required: this.#operation.requestBody.required })];
  }

  /** Method, URL, headers and body as they would be sent. */
  #request() {
    let path = this.#operation.path;
    const query = new URLSearchParams();
    for (const parameter of this.#parameters) {
      if (parameter.parameter.in === "path") path = parameter.inPath(path);
      else if (parameter.parameter.in === "query") parameter.addTo(query);
    }
    const headers = {};
    if (this.#token()) headers.Authorization = `Bearer ${this.#token()}`;
    if (this.#accept) headers.Accept = this.#accept.value;
    for (const { parameter, text } of this.#parameters) if (parameter.in === "header" && text) headers[parameter.name] = text;
    let body;
    if (this.#body?.value) {
      headers["Content-Type"] = this.#bodyType;
      body = this.#body.value;
    } else if (this.#file?.files.length) {
      [body] = this.#file.files;
    }
    const search = query.toString();
    return { method: this.#operation.method, url: location.origin + path + (search ? `?${search}` : ""), headers, body };
  }

  #showCurl() {
    const { method, url, headers, body } = this.#request();
    const parts = ["curl"];
    if (method !== "GET") parts.push(`-X ${method}`);
    parts.push(quoted(url));
    for (const [name, value] of Object.entries(headers)) {
      // The token itself would end up in the history of a shell.
      parts.push(name === "Authorization" ? '-H "Authorization: Bearer $TOKEN"' : `-H ${quoted(`${name}: ${value}`)}`);
    }
    if (typeof body === "string") parts.push(`--data ${quoted(body)}`);
    else if (body) parts.push(`--data-binary @${quoted(body.name)}`);
    this.#curl.textContent = parts.join(" \\\n  ");
  }

  async #call() {
    this.#showCurl();
    const { method, url, headers, body } = this.#request();
    this.#abort = new AbortController();
    this.#send.disabled = true;
    this.#cancel.hidden = false;
    this.#answer.replaceChildren(h("p", {}, "Waiting …"));
    const start = performance.now();
    try {
      const response = await fetch(url, { method, headers, body, signal: this.#abort.signal, credentials: "same-origin" });
      await this.#show(response, start);
    } catch (error) {
      this.#answer.append(h("p", { class: "trouble" }, error.name === "AbortError" ? "Stopped." : `No answer: ${error.message}`));
    } finally {
      this.#send.disabled = false;
      this.#cancel.hidden = true;
    }
  }

  async #show(response, start) {
    const time = h("span");
    const text = h("pre", { class: "body", tabindex: "0" });
    const names = [...response.headers].map(([name, value]) => `${name}: ${value}\n`);
    this.#answer.replaceChildren(
      h("p", {}, h("span", { class: `status ${response.ok ? "good" : "bad"}` }, `${response.status} ${response.statusText}`), " ", time),
      h("details", {}, h("summary", {}, "Headers"), h("pre", {}, names.join(""))),
      text,
    );
    const type = response.headers.get("Content-Type") ?? "";
    if (!/json|text|csv|xml/.test(type)) {
      const bytes = await response.blob();
      text.textContent = bytes.size ? `${bytes.size} bytes of ${type}` : "";
    } else {
      await this.#read(response, text);
    }
    time.textContent = `${Math.round(performance.now() - start)} ms`;
    if (/^application\/([\w.-]+\+)?json/.test(type)) this.#pretty(text);
  }

  /** Shows a body as it comes, streams too. */
  async #read(response, text) {
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
      if (text.textContent.length < LONGEST_ANSWER) text.append(piece.value);
    }
  }

  #pretty(text) {
    let value;
    try {
      value = JSON.parse(text.textContent);
    } catch {
      return; // cut short, or not JSON after all: shown as it came
    }
    text.textContent = JSON.stringify(value, null, 2);
    if (typeof value?.access_token === "string") {
      this.#answer.append(h("button", { type: "button", click: () => this.#useToken(value.access_token) }, "Use this access token"));
    }
  }
}

/** Talks through a WebSocket: each text is one message. */
export class Console {
  #path;
  #token;
  #socket = null;
  #log = h("pre", { class: "body", role: "log", tabindex: "0" });
  #text;
  #connect = h("button", { type: "button", class: "main", click: () => this.#toggle() }, "Connect");
  #send = h("button", { type: "submit", disabled: true }, "Send");

  constructor(operation, schemas, token) {
    this.#path = operation.path;
    this.#token = token;
    this.#text = h("textarea", { rows: "4", spellcheck: "false" });
    this.#text.value = JSON.stringify(schemas.example(operation["x-websocket"].client), null, 2);
    this.element = h(
      "form",
      { class: "try", submit: (event) => { event.preventDefault(); this.#say(this.#text.value); } },
      h("h3", {}, "Try it"),
      row("message", this.#text),
      h("div", { class: "buttons" }, this.#connect, this.#send),
      this.#log,
    );
  }

  #note(mark, text) {
    this.#log.append(`${mark} ${text}\n`);
    this.#log.scrollTop = this.#log.scrollHeight;
  }

  #say(text) {
    this.#socket?.send(text);
    this.#note("→", text);
  }

  #toggle() {
    if (this.#socket) {
      this.#socket.close();
      return;
    }
    const socket = new WebSocket(location.origin.replace(/^http/, "ws") + this.#path);
    this.#socket = socket;
    this.#connect.textContent = "Disconnect";
    socket.onopen = () => {
      this.#note("·", "open");
      this.#send.disabled = false;
      // Browsers cannot send a header with the handshake.
      if (this.#token()) {
        socket.send(JSON.stringify({ type: "auth", token: this.#token() }));
        this.#note("→", "auth");
      }
    };
    socket.onmessage = (event) => this.#note("←", event.data);
    socket.onclose = (event) => {
      this.#note("·", `closed with ${event.code} ${event.reason}`);
      this.#socket = null;
      this.#send.disabled = true;
      this.#connect.textContent = "Connect";
    };
  }
}
