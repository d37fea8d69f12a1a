/**
 * Moves the decision threshold of a page's panels: rates, ratios and error rates are divided here, from the counts that
 * the page holds for every stop of the slider. Without the script the tables show the threshold in use.
 */
(() => {
  const percent = (share) => `${(100 * share).toFixed(1)}%`.replace("-", "−");
  const share = (part, of) => of === 0 ? "–" : percent(part / of);
  const sum = (values) => values.reduce((total, value) => total + value, 0);

  const rowsOf = (groups, t, fourFifths) => {
    const large = groups.filter(({ small }) => !small);
    const judged = large.length >= 2 ? large : groups;
    const highest = Math.max(...judged.map(({ n, selected }) => selected[t] / n));
    return groups.map((own) => {
      const { n, positives, selected, hits } = own;
      const ratio = judged.includes(own) && highest > 0 ? selected[t] / n / highest : null;
      return [
        String(n),
        String(selected[t]),
        share(selected[t], n),
        ratio === null ? "–" : ratio.toFixed(2) + (ratio < fourFifths ? " ✗" : ""),
        positives === null ? "–" : share(hits[t], positives),
        positives === null ? "–" : share(selected[t] - hits[t], n - positives),
      ];
    });
  };

  const sumsOf = (groups, t) => {
    const n = sum(groups.map((own) => own.n));
    const selected = sum(groups.map((own) => own.selected[t]));
    const labelled = groups.every(({ positives }) => positives !== null);
    const right = sum(groups.map((own) => own.n - (own.positives ?? 0) - own.selected[t] + 2 * (own.hits[t] ?? 0)));
    return `All: ${percent(selected / n)} selected${labelled ? `, ${percent(right / n)} of the decisions right` : ""}.`;
  };

  for (const panel of document.querySelectorAll("[data-threshold]")) {
    const { models, digits, fourFifths } = JSON.parse(panel.querySelector("script").textContent);
    const slider = panel.querySelector("input");
    const choice = panel.querySelector("select");
    const output = panel.querySelector("output");
    const caption = panel.querySelector("caption");
    const sums = panel.querySelector(".sums");
    const [, by] = caption.textContent.split(/(, by [^]*)$/);
    const rest = sums.textContent.slice(sums.textContent.indexOf("✗"));
    // In the order of the counts, whatever the reader sorts by.
    const rows = [...panel.querySelectorAll("tbody tr")].map((row) => [...row.querySelectorAll("td")]);
    const show = () => {
      const { model, thresholds, groups } = models[choice.selectedIndex];
      const t = Number(slider.value);
      const threshold = thresholds[t].toFixed(digits).replace("-", "−");
      output.textContent = threshold;
      slider.setAttribute("aria-valuetext", threshold);
      caption.textContent = `Selected by ${model} at a score of at least ${threshold}${by}`;
      rowsOf(groups, t, fourFifths).forEach((texts, g) => texts.forEach((text, c) => rows[g][c].textContent = text));
      sums.textContent = `${sumsOf(groups, t)} ${rest}`;
    };
    const reset = () => {
      const { thresholds, chosen } = models[choice.selectedIndex];
      slider.max = String(thresholds.length - 1);
      slider.value = String(chosen);
      show();
    };
    slider.addEventListener("input", show);
    choice.addEventListener("change", reset);
    panel.querySelector(".reset").addEventListener("click", reset);
    panel.querySelector(".controls").hidden = false;
  }
})();
