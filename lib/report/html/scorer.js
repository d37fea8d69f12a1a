/**
 * Scores résumés in the page. The model, the script of the worker that runs it, and its WebAssembly are data blocks of
 * the page, packed with gzip and written in base64: nothing is fetched. What comes from texts is only ever set as text.
 */
(() => {
  const at = (id) => document.getElementById(id);
  const says = (text) => at("status").textContent = text;
  const signed = (value, digits) => (value < 0 ? "−" : "+") + Math.abs(value).toFixed(digits);
  const make = (tag, properties, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };

  const unpacked = async (id) => {
    const text = at(id).textContent;
    let bytes;
    if (Uint8Array.fromBase64) bytes = Uint8Array.fromBase64(text);
    else {
      const binary = atob(text);
      bytes = new Uint8Array(binary.length);
      for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
    }
    at(id).remove();
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  };
  const textOf = async (id) => new TextDecoder().decode(await unpacked(id));

  let worker, asked = 0;
  const waiting = new Map();
  const ask = (request, onProgress) =>
    new Promise((resolve, reject) => {
      const id = ++asked;
      waiting.set(id, { resolve, reject, onProgress });
      worker.postMessage({ ...request, id });
    });

  const open = async () => {
    const code = new Blob([await textOf("worker-code")], { type: "text/javascript" });
    worker = new Worker(URL.createObjectURL(code));
    worker.onmessage = ({ data: { id, progress, result, error } }) => {
      const { resolve, reject, onProgress } = waiting.get(id);
      if (progress) return onProgress?.(...progress);
      waiting.delete(id);
      if (error === undefined) resolve(result);
      else reject(new Error(error));
    };
    worker.onerror = ({ message }) => failed(new Error(message));
    const model = JSON.parse(await textOf("model-settings"));
    await ask({ ask: "open", packed: { model, data: await unpacked("model-weights") }, wasm: await unpacked("wasm") });
  };

  const failed = (error) => says(`This did not work: ${error.message}`);
  let busy = true;
  const work = async (name, task) => {
    if (busy) return;
    busy = true;
    try {
      await task((done, of) => says(`${name}: ${done} of ${of} texts …`));
    } catch (error) {
      failed(error);
    } finally {
      busy = false;
    }
  };

  let job = "";
  const rank = async (onProgress) => {
    job = at("job").value;
    if (job.trim() === "" || at("resumes").value.trim() === "") return says("Expected a job and a résumé.");
    says("Scoring …");
    const scored = await ask({ ask: "score", job, text: at("resumes").value }, onProgress);
    at("why").hidden = true;
    at("rows").replaceChildren(...scored.map(row));
    at("ranking").hidden = scored.length === 0;
    const accepted = scored.filter((own) => own.accepted).length;
    says(`${scored.length} ${scored.length === 1 ? "résumé" : "résumés"} scored, ${accepted} accepted.`);
  };

  const row = (own, i) => {
    const { name, score, probability, accepted, tokens, read } = own;
    const why = make("button", { type: "button", textContent: "Why?" });
    why.setAttribute("aria-label", `Why “${name}” has its score`);
    why.addEventListener("click", () => work("Leaving words out", (onProgress) => explain(own, onProgress)));
    const cut = read < tokens ? `the first ${read} of ${tokens} tokens` : "all";
    const cells = [
      ["Rank", String(i + 1)],
      ["Score", make("data", { value: String(score), textContent: score.toFixed(3).replace("-", "−") })],
      ["Probability", probability === null ? "–" : probability.toFixed(2)],
      ["Decision", accepted ? "accepted" : "not accepted"],
      ["Read", cut],
    ].map(([label, content]) => {
      const cell = make("td", {}, content);
      cell.dataset.label = label;
      return cell;
    });
    return make("tr", {}, make("th", { scope: "row", textContent: name }), ...cells, make("td", {}, why));
  };

  const MOST_WORDS = 25;
  const explain = async ({ name, resume }, onProgress) => {
    says("Leaving words out …");
    const { text, score, words, end } = await ask({ ask: "explain", job, text: resume }, onProgress);
    const largest = Math.max(1e-9, ...words.map(({ contribution }) => Math.abs(contribution)));
    const parts = [];
    let from = 0;
    for (const word of words) {
      parts.push(text.slice(from, word.start));
      const share = Math.round(45 * Math.abs(word.contribution) / largest);
      const color = word.contribution < 0 ? "alert" : "accent";
      const title = signed(word.contribution, 4) + (word.kind === null ? "" : `, ${word.kind}`);
      const span = make("span", { textContent: text.slice(word.start, word.end), title });
      span.style.background = `color-mix(in srgb, var(--${color}) ${share}%, transparent)`;
      parts.push(word.kind === null ? span : make("u", {}, span));
      from = word.end;
    }
    parts.push(text.slice(from, Math.max(from, end)));
    parts.push(make("span", { className: "unread", textContent: text.slice(Math.max(from, end)) }));
    at("explained").replaceChildren(...parts);
    at("why-title").textContent = `Why “${name}” has the score ${score.toFixed(3).replace("-", "−")}`;
    const sorted = words.toSorted((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution)).slice(0, MOST_WORDS);
    at("words").replaceChildren(...sorted.map(({ word, contribution, kind }) =>
      make(
        "tr",
        {},
        make("th", { scope: "row", textContent: word }),
        make("td", { textContent: signed(contribution, 4) }),
        make("td", { textContent: kind ?? "" }),
      )
    ));
    at("why").hidden = false;
    at("why-title").focus();
    says(`${words.length} words and phrases were left out, one at a time.`);
  };

  at("form").addEventListener("submit", (event) => {
    event.preventDefault();
    work("Scoring", rank);
  });
  at("file").addEventListener("change", async ({ target }) => {
    if (target.files[0]) at("resumes").value = await target.files[0].text();
  });
  at("example").addEventListener("click", () => {
    const { job, resumes } = JSON.parse(at("example-texts").textContent);
    at("job").value = job;
    at("resumes").value = resumes;
  });
  at("form").hidden = false;
  says("Loading the model …");
  open().then(() => {
    busy = false;
    at("score").disabled = false;
    says("Ready. Nothing that you paste leaves this page.");
  }, failed);
})();
