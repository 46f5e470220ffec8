/* Passkeys: asks the browser for one and sends its answer with a form. Every page works without it:
   the buttons are hidden until it runs, and a password with a code is another way.
   A button carries data-passkey="create|ask|fetch|sign" and stands in the form that is sent; the
   question is in the page (#passkey-options) or behind data-options. */
(function () {
  "use strict";
  if (!window.PublicKeyCredential || !navigator.credentials) { return; }

  function bytes(text) {
    var plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, function (letter) { return letter.charCodeAt(0); });
  }
  function text(buffer) {
    var plain = "";
    new Uint8Array(buffer).forEach(function (byte) { plain += String.fromCharCode(byte); });
    return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  }
  function known(list) {
    return (list || []).map(function (one) { return Object.assign({}, one, { id: bytes(one.id) }); });
  }

  function creation(given, alone) {
    var asked = Object.assign({}, given.publicKey);
    asked.challenge = bytes(asked.challenge);
    asked.user = Object.assign({}, asked.user, { id: bytes(asked.user.id) });
    asked.excludeCredentials = known(asked.excludeCredentials);
    if (alone) {
      asked.authenticatorSelection = Object.assign({}, asked.authenticatorSelection, {
        residentKey: "required", requireResidentKey: true, userVerification: "required"
      });
    }
    return { publicKey: asked };
  }
  function question(given) {
    var asked = Object.assign({}, given.publicKey);
    asked.challenge = bytes(asked.challenge);
    if (asked.allowCredentials) { asked.allowCredentials = known(asked.allowCredentials); }
    return { publicKey: asked };
  }
  function answer(credential) {
    var response = {};
    ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]
      .forEach(function (name) {
        if (credential.response[name]) { response[name] = text(credential.response[name]); }
      });
    return JSON.stringify({
      id: credential.id, rawId: text(credential.rawId), type: credential.type, response: response,
      authenticatorAttachment: credential.authenticatorAttachment || undefined,
      clientExtensionResults: credential.getClientExtensionResults()
    });
  }

  function inPage() {
    return Promise.resolve(JSON.parse(document.getElementById("passkey-options").textContent));
  }
  function behind(button) {
    var post = button.dataset.passkey === "sign";
    var headers = { Accept: "application/json" };
    if (post) { headers["X-CSRFToken"] = button.form.elements.csrfmiddlewaretoken.value; }
    return fetch(button.dataset.options, { method: post ? "POST" : "GET", headers: headers })
      .then(function (reply) {
        if (!reply.ok) { throw new Error("no question came"); }
        return reply.json();
      });
  }
  function ask(button) {
    if (button.dataset.passkey === "create") {
      var alone = button.form.elements.passwordless;
      return inPage().then(function (given) {
        return navigator.credentials.create(creation(given.creation_options, alone && alone.checked));
      });
    }
    return (button.dataset.options ? behind(button) : inPage()).then(function (given) {
      return navigator.credentials.get(question(given.request_options || given));
    });
  }

  document.querySelectorAll("[data-passkey]:not([data-ready])").forEach(function (button) {
    button.dataset.ready = "yes";
    var field = button.form.elements[button.dataset.field || "credential"];
    var said = button.form.querySelector("[data-passkey-said]");
    button.hidden = false;
    button.addEventListener("click", function () {
      if (said) { said.hidden = true; }
      ask(button).then(function (credential) {
        field.value = answer(credential);
        button.form.requestSubmit();
      }).catch(function () {
        if (said) { said.hidden = false; }
      });
    });
  });
})();
