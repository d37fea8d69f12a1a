/** Follows the reader's choice between light and dark colours, which the browser remembers where it may. */
(() => {
  const root = document.documentElement;
  const preference = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => root.dataset.theme ? root.dataset.theme === "dark" : preference.matches;
  const stored = (use) => {
    try {
      return use(localStorage);
    } catch {
      return null;
    }
  };
  const choice = stored((all) => all.getItem("theme"));
  if (choice === "dark" || choice === "light") root.dataset.theme = choice;
  addEventListener("DOMContentLoaded", () => {
    const button = document.querySelector("button.theme");
    const name = () => button.textContent = isDark() ? "Light colours" : "Dark colours";
    button.addEventListener("click", () => {
      root.dataset.theme = isDark() ? "light" : "dark";
      stored((all) => all.setItem("theme", root.dataset.theme));
      name();
    });
    preference.addEventListener("change", name);
    name();
    button.hidden = false;
  });
})();
