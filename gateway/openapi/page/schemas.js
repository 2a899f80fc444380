// JSON schemas as text, as lists of fields and as examples.

import { h, markdown } from "./text.js";

const DEEPEST_EXAMPLE = 4;

export class Schemas {
  #document;

  constructor(document) {
    this.#document = document;
  }

  /** What a `$ref` of the document refers to, or the thing itself. */
  resolve(thing) {
    let at = thing;
    while (at && at.$ref) {
      at = at.$ref
        .slice(2)
        .split("/")
        .reduce((part, name) => part?.[name.replaceAll("~1", "/").replaceAll("~0", "~")], this.#document);
    }
    return at ?? {};
  }

  /** `array of Job`, `string (date-time)`, `map of integer (int32)`. */
  label(schema) {
    if (schema.$ref) return schema.$ref.split("/").pop().replace(/-Input$/, "").split(".").pop();
    if (schema.type === "array") return `array of ${this.label(schema.items ?? {})}`;
    if (typeof schema.additionalProperties === "object") return `map of ${this.label(schema.additionalProperties)}`;
    const type = [schema.type ?? "any value"].flat().join(" or ");
    const format = schema.format ?? (schema.contentEncoding ? schema.contentEncoding : "");
    return format ? `${type} (${format})` : type;
  }

  /** The schema whose fields are worth listing below this one, or null. */
  #inner(schema) {
    const resolved = this.resolve(schema);
    if (resolved.properties || resolved.enum) return resolved;
    if (resolved.type === "array") return this.#inner(resolved.items ?? {});
    if (typeof resolved.additionalProperties === "object") return this.#inner(resolved.additionalProperties);
    return null;
  }

  /** A schema for people. Deeper levels are made when they are opened: messages may hold themselves. */
  view(schema) {
    const resolved = this.#inner(schema);
    const kind = h("p", {}, h("code", {}, this.label(schema)));
    if (!resolved) return kind;
    return h("div", {}, kind, markdown(resolved.description), this.#fields(resolved));
  }

  #fields(schema) {
    if (!schema.properties) return null;
    const required = new Set(schema.required ?? []);
    const items = Object.entries(schema.properties).map(([name, field]) => {
      const heading = [
        h("code", {}, name),
        h("span", { class: "type" }, this.label(field)),
        required.has(name) ? h("span", { class: "required" }, "always") : null,
        field.deprecated ? h("span", { class: "badge" }, "deprecated") : null,
      ];
      const description = markdown(field.description);
      const inner = this.#inner(field);
      if (!inner) return h("li", {}, heading, description);
      const details = h("details", { toggle: () => this.#open(details, inner) }, h("summary", {}, heading));
      return h("li", {}, details, description);
    });
    return h("ul", { class: "fields" }, items);
  }

  #open(details, schema) {
    if (!details.open || details.children.length > 1) return;
    details.append(h("div", {}, markdown(schema.description), this.#fields(schema)));
  }

  /** A value that fits, to begin with. */
  example(schema, depth = 0) {
    const resolved = this.resolve(schema);
    if (resolved.examples?.length) return resolved.examples[0];
    if (resolved.enum) return resolved.enum[0];
    const type = [resolved.type].flat()[0];
    if (type === "array") return depth < DEEPEST_EXAMPLE ? [this.example(resolved.items ?? {}, depth + 1)] : [];
    if (type === "object") return this.#exampleObject(resolved, depth);
    if (type === "integer" || type === "number") return 0;
    if (type === "boolean") return false;
    if (resolved.format === "date-time") return "2026-01-31T12:00:00Z";
    if (resolved.format === "int64" || resolved.format === "uint64") return "0";
    return type === "string" ? "" : null;
  }

  #exampleObject(schema, depth) {
    const object = {};
    if (depth >= DEEPEST_EXAMPLE) return object;
    const pairs = (schema.not?.anyOf ?? []).map((entry) => entry.required);
    for (const [name, field] of Object.entries(schema.properties ?? {})) {
      const excluded = pairs.some((pair) => pair.includes(name) && pair.some((other) => other !== name && other in object));
      if (!excluded) object[name] = this.example(field, depth + 1);
    }
    return object;
  }
}
