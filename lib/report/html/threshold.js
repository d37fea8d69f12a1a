/**
 * Moves the decision threshold of a page's panels: rates, ratios and error rates are divided here, from the counts that
 * the page holds for every stop of the slider. Without the script the tables show the threshold in use.
 */
(() => {
  const percent = (share) => `${(100 * share).toFixed(1)}%`.replace("-", "−");
  const share = (part, of) => of === null || of === 0 ? "–" : percent(part / of);
  const sum = (values) => values.reduce((total, value) => total + value, 0);

  const rowsOf = (groups, t, fourFifths) => {
    const rates = groups.filter(({ measure }) => measure).map(({ n, selected }) => selected[t] / n);
    const highest = groups.filter(({ judged }) => judged).length < 2 ? 0 : Math.max(0, ...rates);
    return groups.map(({ judged, n, positives, negatives, selected, hits, falseAlarms }) => {
      const ratio = judged && highest > 0 ? selected[t] / n / highest : null;
      return [
        String(n),
        String(selected[t]),
        share(selected[t], n),
        ratio === null ? "–" : ratio.toFixed(2) + (ratio < fourFifths ? " ✗" : ""),
        share(hits[t], positives),
        share(falseAlarms[t], negatives),
      ];
    });
  };

  const sumsOf = (groups, t, selects) => {
    const n = sum(groups.map((own) => own.n));
    const selected = sum(groups.map((own) => own.selected[t]));
    const labelled = sum(groups.map((own) => (own.positives ?? 0) + (own.negatives ?? 0)));
    const right = sum(
      groups.map((own) => own.hits.length === 0 ? 0 : own.hits[t] + own.negatives - own.falseAlarms[t]),
    );
    const rightly = labelled > 0 ? `, ${percent(right / labelled)} of the decisions right` : "";
    return `All: ${percent(selected / n)} ${selects}${rightly}.`;
  };

  for (const panel of document.querySelectorAll("[data-threshold]")) {
    const { models, digits, fourFifths, says } = JSON.parse(panel.querySelector("script").textContent);
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
      caption.textContent = `${says.by} ${model} ${says.at} ${threshold}${by}`;
      rowsOf(groups, t, fourFifths).forEach((texts, g) => texts.forEach((text, c) => rows[g][c].textContent = text));
      sums.textContent = `${sumsOf(groups, t, says.share)} ${rest}`;
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
