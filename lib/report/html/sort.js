/**
 * Lets a reader sort every table of a page that has a head of one row: a button in each heading sorts by its column,
 * first upwards, then downwards, then as the page had it. Numbers are sorted by `data-value`, and what is undefined
 * stays at the end either way. Without the script tables stay as they are.
 */
(() => {
  const collator = new Intl.Collator("en", { numeric: true });
  const NEXT = { none: "ascending", ascending: "descending", descending: "none" };
  const keyOf = (cell) => {
    const { value } = cell.dataset;
    if (value !== undefined) return Number(value);
    const text = cell.textContent.trim();
    return /^–?[⁰¹²³⁴-⁹]*$/.test(text) ? null : text; // a dash may carry the number of its note
  };
  const compare = (a, b) => typeof a === "number" && typeof b === "number" ? a - b : collator.compare(a, b);
  for (const table of document.querySelectorAll("main table")) {
    const heads = [...table.tHead?.rows[0]?.cells ?? []];
    const [body] = table.tBodies;
    if (heads.length === 0 || table.tHead.rows.length > 1 || !body || body.rows.length < 2) continue;
    const original = [...body.rows];
    heads.forEach((head, column) => {
      if (head.textContent.trim() === "") return;
      const button = document.createElement("button");
      button.type = "button";
      button.className = "sort";
      button.append(...head.childNodes);
      head.append(button);
      head.setAttribute("aria-sort", "none");
      button.addEventListener("click", () => {
        const order = NEXT[head.getAttribute("aria-sort")];
        for (const other of heads) if (other.hasAttribute("aria-sort")) other.setAttribute("aria-sort", "none");
        head.setAttribute("aria-sort", order);
        const sign = order === "descending" ? -1 : 1;
        const rows = original.map((row) => ({ row, key: keyOf(row.cells[column]) }));
        if (order !== "none") {
          rows.sort((a, b) =>
            a.key === null || b.key === null ? (a.key === null) - (b.key === null) : sign * compare(a.key, b.key)
          );
        }
        body.append(...rows.map(({ row }) => row));
      });
    });
  }
})();
