// Stands in the page: applies the reader's choice of light before anything is drawn. keep-light.js keeps the choice.
(function () {
  "use strict";
  try {
    var kept = localStorage.getItem("light");
    if (kept) document.documentElement.dataset.theme = kept;
  } catch (refused) {}
})();
