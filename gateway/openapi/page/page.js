// The page of the API: every operation of /openapi.json, grouped by service, to be searched, read and tried out.

import { Console, TryIt } from "./calls.js";
import { Schemas } from "./schemas.js";
import { h, markdown } from "./text.js";

const METHODS = ["get", "post", "put", "patch", "delete", "head", "options", "trace"];
const WHO = { USER: "signed in", ADMIN: "administrators", DATA_ADMIN: "data administrators" };
const TOKEN = "access-token";
const THEME = "theme";

const find = (id) => document.getElementById(id);

/** Every operation of the document with its method and path, in order. */
function operationsOf(api) {
  const list = [];
  for (const [path, item] of Object.entries(api.paths)) {
    for (const method of METHODS) if (item[method]) list.push({ ...item[method], method: method.toUpperCase(), path });
    for (const [method, operation] of Object.entries(item["x-additional-operations"] ?? {})) list.push({ ...operation, method, path });
  }
  return list;
}

const isWebSocket = (operation) => Boolean(operation["x-websocket"]) && "101" in operation.responses;

function methodMark(operation) {
  const name = isWebSocket(operation) ? "WS" : operation.method;
  return h("span", { class: `method ${name.toLowerCase()}` }, name);
}

function badges(operation) {
  const list = [];
  if (WHO[operation["x-auth"]]) list.push(WHO[operation["x-auth"]]);
  if (operation["x-cache"]) list.push(`cached ${operation["x-cache"].max_age_seconds} s`);
  if (operation["x-rate-limit"]) list.push(`${operation["x-rate-limit"].per_minute} a minute`);
  if (operation.deprecated) list.push("deprecated");
  return list.map((text) => h("span", { class: "badge" }, text));
}

class Page {
  #schemas;
  #entries = []; // {text, article, link}
  #groups = []; // {section, heading, list}

  constructor(api) {
    this.#schemas = new Schemas(api);
    find("title").textContent = document.title = `${api.info.title} ${api.info.version}`;
    find("about").append(markdown(api.info.description ?? "") ?? "");
    const operations = operationsOf(api);
    for (const tag of api.tags) {
      this.#addGroup(tag, operations.filter((operation) => operation.tags.includes(tag.name)));
    }
    find("search").addEventListener("input", () => this.#search());
    this.#search();
    addEventListener("hashchange", () => this.#openHash());
    this.#openHash();
  }

  #addGroup(tag, operations) {
    const section = h("section", { class: "group", "aria-label": tag.name }, h("h2", {}, tag.name), markdown(tag.description));
    const heading = h("h2", {}, tag.name);
    const list = h("ul");
    for (const operation of operations) {
      const article = this.#article(operation);
      const link = h("li", {}, h("a", { href: `#${operation.operationId}`, title: operation.summary }, methodMark(operation), operation.path));
      section.append(article);
      list.append(link);
      const text = [operation.method, operation.path, operation.summary, operation.description, operation.operationId, tag.name].join(" ").toLowerCase();
      this.#entries.push({ text, article, link });
    }
    find("operations").append(section);
    find("index").append(heading, list);
    this.#groups.push({ section, heading, list });
  }

  #article(operation) {
    const article = h("article", { class: "operation", id: operation.operationId, "data-operation": operation.operationId });
    const details = h(
      "details",
      { toggle: () => this.#toggle(article, details, operation) },
      h(
        "summary",
        { class: operation.deprecated ? "deprecated" : null },
        methodMark(operation),
        h("span", { class: "path" }, operation.path),
        h("span", { class: "what" }, operation.summary),
        badges(operation),
      ),
    );
    article.append(details);
    return article;
  }

  /** What is inside an operation is made when it is opened first. */
  #toggle(article, details, operation) {
    article.toggleAttribute("data-open", details.open);
    if (!details.open || details.children.length > 1) return;
    details.append(
      h(
        "div",
        { class: "inside" },
        markdown(operation.description),
        this.#body(operation),
        this.#messages(operation),
        h("h3", {}, "Responses"),
        h("div", { class: "answers" }, Object.entries(operation.responses).map(([status, answer]) => this.#answer(status, answer))),
        this.#form(operation),
      ),
    );
  }

  #form(operation) {
    const token = () => find("token").value.trim();
    if (isWebSocket(operation)) return new Console(operation, this.#schemas, token).element;
    return new TryIt(operation, this.#schemas, token, (value) => {
      find("token").value = value;
      find("token").dispatchEvent(new Event("input"));
    }).element;
  }

  #body(operation) {
    const content = operation.requestBody?.content;
    return content ? [h("h3", {}, "Body"), this.#content(content)] : [];
  }

  #messages(operation) {
    const messages = operation["x-websocket"];
    if (!messages) return [];
    return [h("h3", {}, "Messages to the server"), this.#schemas.view(messages.client), h("h3", {}, "Messages from the server"), this.#schemas.view(messages.server)];
  }

  #answer(status, reference) {
    const answer = this.#schemas.resolve(reference);
    const summary = h("summary", {}, h("span", { class: `status ${status < "4" ? "good" : "bad"}` }, status), " ", answer.description ?? "");
    const details = h("details", {
      toggle: () => {
        if (!details.open || details.children.length > 1) return;
        const names = Object.keys(answer.headers ?? {});
        details.append(h("div", {}, names.length ? h("p", {}, "Headers: ", names.join(", ")) : null, this.#content(answer.content ?? {})));
      },
    }, summary);
    return details;
  }

  #content(content) {
    return Object.entries(content).map(([type, media]) => h("div", {}, h("p", { class: "badge" }, type), this.#schemas.view(media.schema ?? {})));
  }

  #search() {
    const words = find("search").value.toLowerCase().split(/\s+/).filter((word) => word);
    let shown = 0;
    for (const { text, article, link } of this.#entries) {
      const fits = words.every((word) => text.includes(word));
      article.hidden = link.hidden = !fits;
      shown += fits ? 1 : 0;
    }
    for (const { section, heading, list } of this.#groups) {
      section.hidden = heading.hidden = list.hidden = ![...list.children].some((link) => !link.hidden);
    }
    find("about").hidden = words.length > 0;
    find("count").textContent = `${shown} operations`;
  }

  #openHash() {
    const article = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!article?.matches("article")) return;
    article.querySelector("details").open = true;
    article.scrollIntoView();
    article.querySelector("summary").focus({ preventScroll: true });
  }
}

function keepToken() {
  const input = find("token");
  input.value = sessionStorage.getItem(TOKEN) ?? "";
  input.addEventListener("input", () => sessionStorage.setItem(TOKEN, input.value.trim()));
}

function keepTheme() {
  const root = document.documentElement;
  const set = (theme) => (theme ? root.setAttribute("data-theme", theme) : root.removeAttribute("data-theme"));
  set(localStorage.getItem(THEME));
  find("theme").addEventListener("click", () => {
    const dark = root.getAttribute("data-theme") ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
    const next = dark === "dark" ? "light" : "dark";
    localStorage.setItem(THEME, next);
    set(next);
  });
}

addEventListener("keydown", (event) => {
  if (event.key === "/" && !event.target.matches("input, textarea, select")) {
    event.preventDefault();
    find("search").focus();
  }
});

keepToken();
keepTheme();
try {
  const response = await fetch("/openapi.json");
  if (!response.ok) throw new Error(`status ${response.status}`);
  new Page(await response.json());
  document.documentElement.dataset.ready = "true";
} catch (error) {
  find("operations").append(h("p", { class: "trouble", role: "alert" }, `The description cannot be read: ${error.message}`));
}
