/* Small helps; every page works without them.
   1 a form is sent once, 2 keys, 3 the menus close, 4 after a swap the reader is taken to what is new,
   5 a chosen kind of action opens its fields. */
(function () {
  "use strict";

  function typing(target) {
    return target.closest("input, textarea, select, [contenteditable]") !== null;
  }

  /* 1: the first press sends; a second one waits. The label stays as it is. */
  document.addEventListener("submit", function (event) {
    var form = event.target;
    if ((form.getAttribute("method") || "get").toLowerCase() !== "post") { return; }
    if (form.dataset.sent === "yes") { event.preventDefault(); return; }
    form.dataset.sent = "yes";
    if (event.submitter) { event.submitter.setAttribute("aria-busy", "true"); }
  });
  function ready(form) {
    delete form.dataset.sent;
    form.querySelectorAll("[aria-busy]").forEach(function (button) {
      button.removeAttribute("aria-busy");
    });
  }
  window.addEventListener("pageshow", function () {
    document.querySelectorAll("form[data-sent]").forEach(ready);
  });

  /* 2: '/' searches; j and k move between the tasks of a list, Enter follows the link as always. */
  function move(step) {
    var titles = Array.from(document.querySelectorAll(".task__title"));
    if (titles.length === 0) { return; }
    var here = titles.indexOf(document.activeElement);
    var next = here === -1 ? (step > 0 ? 0 : titles.length - 1) : here + step;
    titles[Math.max(0, Math.min(titles.length - 1, next))].focus();
  }
  document.addEventListener("keydown", function (event) {
    if (event.key === "Escape") { closeMenus(null); }
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) { return; }
    if (event.key === "/") {
      var search = document.querySelector(".search input");
      if (search) { event.preventDefault(); search.focus(); }
    }
    if (event.key === "j") { move(1); }
    if (event.key === "k") { move(-1); }
  });

  /* 3 */
  function closeMenus(but) {
    document.querySelectorAll(".topbar__me[open], .rail__menu[open]").forEach(function (menu) {
      if (menu === but) { return; }
      var inside = menu.contains(document.activeElement);
      menu.open = false;
      if (inside) { menu.querySelector("summary").focus(); }
    });
  }
  document.addEventListener("click", function (event) {
    closeMenus(event.target.closest(".topbar__me, .rail__menu"));
  });

  /* 5: what a kind of action asks for opens with its choice; the others close. */
  document.addEventListener("change", function (event) {
    var name = event.target.name || "";
    if (!/^actions\.\d+-type$/.test(name)) { return; }
    var wanted = '[name^="' + name.replace(/type$/, event.target.value) + '__"]';
    event.target.closest("section").querySelectorAll("details").forEach(function (group) {
      group.open = group.querySelector(wanted) !== null;
    });
  });

  /* 4: errors first, else nothing moves. */
  document.addEventListener("htmx:afterSwap", function (event) {
    document.querySelectorAll("form[data-sent]").forEach(ready);
    var wanted = event.target.querySelector("[data-focus]");
    if (wanted) { wanted.focus(); }
  });
  document.addEventListener("DOMContentLoaded", function () {
    var wanted = document.querySelector("[data-focus]");
    if (wanted) { wanted.focus(); }
  });
})();
