// Elements and text. Everything is built as nodes, never as HTML, so no description can bring a script.

/** An element. Attributes that are functions become listeners, those that are null or false are left out. */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** `code`, **strong** and links to this origin or https within a line. */
function inline(text) {
  const nodes = [];
  const mark = /`([^`]+)`|\*\*([^*]+)\*\*|\[([^\]]+)\]\(((?:https:\/|\/|#)[^)\s]*)\)/g;
  let at = 0;
  for (const found of text.matchAll(mark)) {
    nodes.push(text.slice(at, found.index));
    if (found[1] !== undefined) nodes.push(h("code", {}, found[1]));
    else if (found[2] !== undefined) nodes.push(h("strong", {}, found[2]));
    else nodes.push(h("a", { href: found[4], rel: "noopener noreferrer" }, found[3]));
    at = found.index + found[0].length;
  }
  nodes.push(text.slice(at));
  return nodes;
}

/** What comments need of Markdown: paragraphs and lists. Null for no text. */
export function markdown(text) {
  if (!text) return null;
  const blocks = h("div", { class: "markdown" });
  for (const paragraph of text.split(/\n\s*\n/)) {
    let words = [];
    let list = null;
    for (const line of paragraph.split("\n")) {
      const item = /^\s*[-*] (.*)$/.exec(line);
      if (item) {
        list ??= h("ul");
        list.append(h("li", {}, inline(item[1])));
      } else if (list) {
        list.lastChild.append(" ", ...inline(line.trim()));
      } else {
        words.push(line);
      }
    }
    if (words.some((line) => line.trim())) blocks.append(h("p", {}, inline(words.join(" "))));
    if (list) blocks.append(list);
  }
  return blocks;
}

/** Quoted for a POSIX shell where it has to be. */
export function quoted(text) {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
