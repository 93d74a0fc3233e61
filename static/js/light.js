// Keeps the reader's choice of light on this device alone, and applies it before the page is drawn: it stands in the page.
// Without this script the choice holds for the page it is made on.
(function () {
  "use strict";
  var key = "light", kept;
  try { kept = localStorage.getItem(key); } catch (refused) { return; }
  function apply(light) { document.documentElement.dataset.theme = light; }
  if (kept) apply(kept);
  document.addEventListener("DOMContentLoaded", function () {
    document.getElementsByName(key).forEach(function (each) { if (each.value === kept) each.checked = true; });
    document.addEventListener("change", function (event) {
      if (event.target.name !== key) return;
      apply(event.target.value);
      // Where it cannot be kept, the choice holds for this page.
      try { localStorage.setItem(key, event.target.value); } catch (refused) {}
    });
  });
})();
