// Keeps the reader's choice of light on this device alone. Without it, or where nothing can be kept, the choice holds for
// the page it is made on.
(function () {
  "use strict";
  var key = "light", root = document.documentElement.dataset;
  document.getElementsByName(key).forEach(function (each) { if (each.value === root.theme) each.checked = true; });
  document.addEventListener("change", function (event) {
    if (event.target.name !== key) return;
    root.theme = event.target.value;
    try { localStorage.setItem(key, root.theme); } catch (refused) {}
  });
})();
