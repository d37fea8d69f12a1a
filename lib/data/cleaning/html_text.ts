import { Tokenizer } from "htmlparser2";

/** Elements that begin and end on lines of their own. */
const BLOCKS = setOf(
  "address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption figure " +
    "footer form h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main menu nav ol optgroup option p pre search " +
    "section summary table tbody tfoot thead tr ul",
);
/** Elements that run on in a line; what is in neither list nor begins like one is an unknown element. */
const INLINE = setOf(
  "a abbr acronym b bdi bdo big br button cite code data del dfn em font i img input ins kbd label mark meta meter " +
    "nobr o:p output picture q s samp script select small source span st1:place strike strong style sub sup td " +
    "template textarea th time title tt u var wbr",
);
/** What a browser does not show. */
const HIDDEN = setOf(
  "area audio base canvas col colgroup datalist embed head iframe link meta noembed noframes noscript object param " +
    "script style template title video",
);
const VOID = setOf("area base br col embed hr img input link meta param source track wbr");
/** A second one ends the first. */
const IMPLICITLY_CLOSED = setOf("dd dt li option p td th tr");

const NAMES = [...BLOCKS, ...INLINE].join("|");
const TAG = new RegExp(`<!doctype\\s|<!--|</(?:${NAMES})\\s*>`, "i");
/** Letters in angle brackets may be a type of a program ("List<a>"): these need no end tag to be HTML. */
const LONE_TAG = new RegExp(
  `<(?:${[...BLOCKS, "br", "span", "strong", "font", "td"].join("|")})(?:\\s[^<>]*)?/?>`,
  "i",
);

/** Whether a text is written in HTML: it has a tag of a known element. */
export function isHtml(text: string): boolean {
  return text.includes("<") && (TAG.test(text) || LONE_TAG.test(text));
}

/**
 * What a browser shows of a piece of HTML (the HTML standard's `innerText`, more or less): block elements on lines of
 * their own, cells two spaces apart, character references decoded, and neither comments, scripts and styles nor hidden
 * elements. Tokens are those of htmlparser2; there is no tree, so that no nesting costs more than its length.
 */
export function htmlText(html: string): string {
  const page = new Page();
  let name = "", attribute = "", value = "", hides = false;
  const open = (selfClosing: boolean) => page.open(name, hides && !selfClosing);
  const tokenizer = new Tokenizer({ decodeEntities: true }, {
    ontext: (start, end) => page.text(html.slice(start, end)),
    ontextentity: (codePoint) => page.text(String.fromCodePoint(codePoint)),
    onopentagname(start, end) {
      [name, hides] = [html.slice(start, end).toLowerCase(), false];
    },
    onattribname(start, end) {
      [attribute, value] = [html.slice(start, end).toLowerCase(), ""];
    },
    onattribdata: (start, end) => void (value += html.slice(start, end)),
    onattribentity: (codePoint) => void (value += String.fromCodePoint(codePoint)),
    onattribend() {
      if (attribute === "hidden" && value !== "until-found") hides = true;
      if (attribute === "style" && /(?:^|[;\s])(?:display\s?:\s?none|visibility\s?:\s?hidden)/i.test(value)) {
        hides = true;
      }
    },
    onopentagend: () => open(false),
    onselfclosingtag: () => open(false),
    onclosetag: (start, end) => page.close(html.slice(start, end).toLowerCase()),
    oncdata() {},
    oncomment() {},
    ondeclaration() {},
    onprocessinginstruction() {},
    onend() {},
  });
  tokenizer.write(html);
  tokenizer.end();
  return page.toString();
}

/** The lines that are shown so far. */
class Page {
  #shown: string[] = [];
  /** The hidden element that is open, and how many of its name are open inside. */
  #hidden: { name: string; depth: number } | null = null;
  #preformatted = 0;
  /** What is to come before the next letter. */
  #gap = "";

  text(text: string): void {
    if (this.#hidden !== null) return;
    if (this.#preformatted > 0) return this.#add(text);
    const shown = text.replace(/[ \t\n\r\f]+/g, " ");
    if (shown.startsWith(" ")) this.#space(" ");
    const words = shown.replace(/^ | $/g, "");
    if (words === "") return;
    this.#add(words);
    if (shown.endsWith(" ")) this.#space(" ");
  }

  open(name: string, hides: boolean): void {
    if (this.#hidden !== null) {
      const { name: hidden } = this.#hidden;
      const ends = hidden === name && IMPLICITLY_CLOSED.has(name) || hidden === "p" && BLOCKS.has(name) ||
        hidden === "head" && name === "body";
      if (!ends) {
        if (hidden === name) this.#hidden.depth++;
        return;
      }
      this.#hidden = null;
    }
    if (VOID.has(name)) {
      if (name === "br" || name === "hr") this.#space("\n");
      return;
    }
    if (hides || HIDDEN.has(name)) this.#hidden = { name, depth: 1 };
    this.#edge(name);
    if (name === "pre" || name === "textarea") this.#preformatted++;
  }

  close(name: string): void {
    if (this.#hidden !== null) {
      if (this.#hidden.name !== name || --this.#hidden.depth > 0) return;
      this.#hidden = null;
    }
    if (name === "br") this.#space("\n");
    if ((name === "pre" || name === "textarea") && this.#preformatted > 0) this.#preformatted--;
    this.#edge(name);
  }

  toString(): string {
    return this.#shown.join("");
  }

  #edge(name: string): void {
    if (BLOCKS.has(name)) this.#space("\n");
    else if (name === "td" || name === "th") this.#space("  ");
  }

  /** Lines win over columns, columns over spaces. */
  #space(gap: string): void {
    if (gap === "\n" ? this.#gap !== "\n" : this.#gap !== "\n" && gap.length > this.#gap.length) this.#gap = gap;
  }

  #add(text: string): void {
    if (this.#shown.length > 0) this.#shown.push(this.#gap);
    this.#gap = "";
    this.#shown.push(text);
  }
}

function setOf(names: string): ReadonlySet<string> {
  return new Set(names.split(" "));
}
