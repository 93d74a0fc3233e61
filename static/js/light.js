// Keeps the reader's choice of light on this device alone, and applies it before the page is drawn.
// Without this script the choice holds for the page it is made on.
(function () {
  "use strict";
  var key = "light", kept = null;
  try { kept = localStorage.getItem(key); } catch (refused) { return; }
  function apply(light) {
    if (light && light !== "auto") document.documentElement.dataset.theme = light;
    else delete document.documentElement.dataset.theme;
  }
  apply(kept);
  document.addEventListener("DOMContentLoaded", function () {
    document.getElementsByName("light").forEach(function (each) { if (each.value === kept) each.checked = true; });
    document.addEventListener("change", function (event) {
      if (event.target.name !== "light") return;
      apply(event.target.value);
      try { localStorage.setItem(key, event.target.value); } catch (refused) { /* the choice holds for this page */ }
    });
  });
})();
