// Runs before the first paint, so that a dark page does not flash white. Not a module: modules run later.
(function () {
  const choice = localStorage.getItem("iconoscope.theme");
  if (choice === "dark" || choice === "light") document.documentElement.dataset.theme = choice;
})();
