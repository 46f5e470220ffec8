/* Keys of the desk; every one of them is a link, a box or a button too, so it works without this.
   j k move, x marks, a g c do what is marked, s takes the step, f filters, ? shows the keys. */
(function () {
  "use strict";
  var list = document.querySelector("[data-desk]");
  var help = document.getElementById("keys");
  if (!list) { return; }
  var told = list.querySelector("[data-marked]");

  function typing(target) {
    var field = target.closest("input, textarea, select, [contenteditable]");
    return field !== null && field.type !== "checkbox";
  }
  function rows() {
    return Array.from(document.querySelectorAll("[data-row]")).filter(function (row) {
      var folded = row.closest("details:not([open])");
      return folded === null || row.contains(folded);
    });
  }
  function cause(row) { return row.parentElement.matches("[data-cause]") ? row.parentElement : null; }
  function handle(row) {
    var whole = cause(row);
    return whole ? whole.querySelector("summary") : row.querySelector("a");
  }
  function here() {
    var target = document.activeElement;
    return rows().find(function (row) { return row.contains(target) || handle(row) === target; });
  }
  /* Of a cause those that wait for the reader, where any does. */
  function boxes(row) {
    var within = cause(row) || row;
    var own = within.querySelectorAll('[data-state="mine"] input[name="case"]');
    return Array.from(own.length ? own : within.querySelectorAll('input[name="case"]'));
  }
  function marked() { return list.querySelectorAll('input[name="case"]:checked').length; }

  function tell() {
    var count = marked();
    if (told) { told.textContent = count ? told.dataset.some + " " + count : told.dataset.none; }
    rows().forEach(function (row) {
      var own = boxes(row);
      var all = own.length > 0 && own.every(function (box) { return box.checked; });
      row.toggleAttribute("data-chosen", all);
    });
  }
  function move(step) {
    var all = rows(), at = all.indexOf(here());
    var next = at === -1 ? (step > 0 ? 0 : all.length - 1) : at + step;
    var row = all[Math.max(0, Math.min(all.length - 1, next))];
    if (row) { handle(row).focus(); row.scrollIntoView({ block: "nearest" }); }
  }
  function mark(row) {
    var own = row ? boxes(row) : [];
    var all = own.every(function (box) { return box.checked; });
    own.forEach(function (box) { box.checked = !all; });
    tell();
  }
  function act(key) {
    var button = list.querySelector('[data-key="' + key + '"]');
    if (!button) { return false; }
    if (marked() === 0 && here()) { mark(here()); }
    list.requestSubmit(button);
    return true;
  }
  function step() {
    var row = here(), link = row && row.querySelector(".task__act a, td:last-child a");
    if (link) { link.click(); }
  }
  function filter() {
    var fold = document.querySelector(".desk-filters");
    if (fold) { fold.open = true; fold.querySelector("select").focus(); }
  }
  function unmark() {
    list.querySelectorAll('input[name="case"]:checked').forEach(function (box) { box.checked = false; });
    tell();
  }

  var KEYS = {
    j: function () { move(1); }, k: function () { move(-1); },
    x: function () { mark(here()); }, s: step, f: filter,
    a: function () { act("a"); }, g: function () { act("g"); }, c: function () { act("c"); },
    "?": function () { if (help && !help.open) { help.showModal(); } }
  };
  /* Before the keys that every page has. */
  document.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) { return; }
    if (help && help.open) { return; }
    if (event.key === "Escape") { unmark(); return; }
    var wanted = Object.prototype.hasOwnProperty.call(KEYS, event.key) ? KEYS[event.key] : null;
    if (wanted) { event.preventDefault(); event.stopImmediatePropagation(); wanted(); }
  }, true);
  document.addEventListener("click", function (event) {
    if (event.target.closest("[data-keys]") && help) { event.preventDefault(); help.showModal(); }
    if (event.target.closest("[data-close]") && help) { help.close(); }
  });
  list.addEventListener("change", tell);
  window.addEventListener("pageshow", tell);
})();
