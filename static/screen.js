/* A meeting on a projector: arrow keys, and the keys of a presenter, follow the links to the items. */
(function () {
  "use strict";
  var turns = { ArrowRight: "next", PageDown: "next", ArrowLeft: "prev", PageUp: "prev" };
  document.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || !turns[event.key]) { return; }
    var link = document.querySelector('a[rel="' + turns[event.key] + '"]');
    if (link) { event.preventDefault(); link.click(); }
  });
})();
