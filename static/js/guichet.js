/* What makes the pages more comfortable. Everything works without it. */
(() => {
  "use strict";

  // --- Numbers in groups, checked while typing ---------------------------------------------------------------------
  // data-group="3 3 3 5": the sizes; the last one repeats. Only spaces are moved: what was typed stays.

  const grouped = (text, sizes) => {
    const parts = [];
    for (let start = 0, i = 0; start < text.length; i += 1) {
      const size = sizes[Math.min(i, sizes.length - 1)];
      parts.push(text.slice(start, start + size));
      start += size;
    }
    return parts.join(" ");
  };

  const regroup = (input) => {
    const sizes = input.dataset.group.split(" ").map(Number);
    const bare = input.value.replace(/[\s.\-]/g, "");
    // Letters in a SIRET or a foreign telephone number: leave it to the person, the server explains.
    if (sizes.length > 1 && !/^\d*$/.test(bare)) return;
    const shown = grouped(sizes.length > 1 ? bare : bare.toUpperCase(), sizes);
    if (shown === input.value) return;
    const before = input.value.slice(0, input.selectionStart).replace(/[\s.\-]/g, "").length;
    const atEnd = input.selectionStart === input.value.length;
    input.value = shown;
    let caret = 0;
    for (let seen = 0; caret < shown.length && seen < before; caret += 1) if (shown[caret] !== " ") seen += 1;
    if (atEnd) caret = shown.length;
    input.setSelectionRange(caret, caret);
  };

  const luhn = (digits) =>
    [...digits].reverse().reduce((sum, d, i) => sum + (i % 2 ? (d * 2 > 9 ? d * 2 - 9 : d * 2) : +d), 0) % 10 === 0;
  const sum = (digits) => [...digits].reduce((total, d) => total + +d, 0);
  const checks = {
    siret: {
      complete: /^\d{14}$/,
      right: (n) => luhn(n) || (n.startsWith("356000000") && sum(n) % 5 === 0),
      say: "Vérifiez ces chiffres\u00a0: ce SIRET n’existe pas.",
    },
    iban: {
      complete: /^FR\d\d[A-Z0-9]{23}$/,
      right: (n) =>
        [...(n.slice(4) + n.slice(0, 4)).replace(/[A-Z]/g, (c) => c.charCodeAt(0) - 55)]
          .reduce((rest, d) => (rest * 10 + +d) % 97, 0) === 1,
      say: "Vérifiez cet IBAN\u00a0: un caractère semble mal recopié.",
    },
  };

  const check = (input) => {
    const rule = checks[input.dataset.check];
    const number = input.value.replace(/\s/g, "").toUpperCase();
    const wrong = rule.complete.test(number) && !rule.right(number);
    let note = document.getElementById(`${input.id}_live`);
    if (!note) {
      note = Object.assign(document.createElement("p"), { id: `${input.id}_live`, className: "why" });
      note.setAttribute("role", "status");
      input.after(note);
    }
    note.textContent = wrong ? rule.say : "";
  };

  document.addEventListener("input", (event) => {
    const input = event.target;
    if (event.isComposing || !input.dataset) return;
    if (input.dataset.group) regroup(input);
    if (input.dataset.check) check(input);
  });

  // --- Choosing a password: each rule is ticked as soon as it is kept, and what is typed can be read ----------------

  const rules = {
    length: (text) => [...text].length >= 12,
    lower: (text) => /\p{Ll}/u.test(text),
    upper: (text) => /\p{Lu}/u.test(text),
    digit: (text) => /\p{Nd}/u.test(text),
    special: (text) => /[^\p{L}\p{N}\s]/u.test(text),
  };

  document.querySelectorAll("[data-password-rule]").forEach((input) => {
    const tick = () => document.querySelectorAll(`#${input.id}_rules [data-rule]`).forEach((item) => {
      const kept = rules[item.dataset.rule](input.value.normalize());
      if (item.classList.toggle("kept", kept) !== Boolean(item.firstChild.textContent)) {
        item.firstChild.textContent = kept ? "Fait : " : ""; // told to who does not see the tick
      }
    });
    input.addEventListener("input", tick);
    tick();

    const passwords = input.form.querySelectorAll("[type=password]");
    const button = Object.assign(document.createElement("button"), { type: "button", className: "btn small reveal" });
    const show = (shown) => {
      passwords.forEach((one) => { one.type = shown ? "text" : "password"; });
      button.textContent = shown ? "Masquer le mot de passe" : "Afficher le mot de passe";
    };
    button.addEventListener("click", () => show(input.type === "password"));
    input.form.addEventListener("submit", () => show(false)); // browsers remember no password typed in the clear
    show(false);
    input.after(button);
  });

  // --- Sending once, leaving with care -----------------------------------------------------------------------------

  const sendable = (form) => form.method === "post" && !("many" in form.dataset);
  const release = (form) => {
    delete form.dataset.sent;
    form.querySelectorAll("[aria-disabled]").forEach((button) => button.removeAttribute("aria-disabled"));
  };

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || !sendable(form)) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "1";
    // A fragment left in the address (a skip link, a link of the error summary) would come back with the answer and draw
    // the focus away from its errors.
    if (!form.hasAttribute("action")) form.setAttribute("action", window.location.pathname + window.location.search);
    // Not `disabled`: the button's own name and value must be sent.
    form.querySelectorAll("button").forEach((button) => button.setAttribute("aria-disabled", "true"));
    window.setTimeout(release, 10000, form); // the answer may be a file, and the page stays
  });
  window.addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach(release));

  let unsaved = null;
  document.addEventListener("input", (event) => {
    const form = event.target.form;
    if (form && "wizard" in form.dataset) unsaved = form;
  });
  window.addEventListener("beforeunload", (event) => {
    if (unsaved && !document.querySelector("form[data-sent]")) event.preventDefault();
  });

  // --- « Précédent » and « Actualiser » after a form was refused ------------------------------------------------------

  // A page of an account is not in the browser's cache: it would ask whether to send the form again. Told that the page has
  // an address of its own, it fetches that, and the server gives back what was typed. Forms with files, and those sent
  // to another page, stay as they are.
  const [arrival] = performance.getEntriesByType("navigation");
  if ("own" in document.body.dataset && [409, 422].includes(arrival?.responseStatus)) {
    const target = (form) => new URL(form.getAttribute("action") || "", window.location.href).pathname;
    const own = [...document.querySelectorAll("main form[method=post]:not([enctype])")]
      .some((form) => form.querySelector(".field") && target(form) === window.location.pathname);
    if (own) window.history.replaceState(window.history.state, "", window.location.href);
  }

  // --- Errors take the focus ---------------------------------------------------------------------------------------

  // `autofocus` does it in most browsers; the others are helped once the page is there.
  window.addEventListener("load", () => {
    const summary = document.getElementById("erreurs");
    if (summary && document.activeElement === document.body) summary.focus();
  });

  // --- Copy buttons, help panel, file fields -----------------------------------------------------------------------

  if (navigator.clipboard) {
    document.querySelectorAll("[data-copy]").forEach((button) => {
      button.hidden = false;
      button.addEventListener("click", async () => {
        await navigator.clipboard.writeText(button.dataset.copy);
        const label = button.innerHTML;
        button.textContent = "Copié";
        window.setTimeout(() => { button.innerHTML = label; }, 2000);
      });
    });
  }

  const help = document.querySelector("details.help");
  document.addEventListener("click", (event) => {
    if (help && help.open && !help.contains(event.target)) help.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && help && help.open) {
      help.open = false;
      help.querySelector("summary").focus();
    }
  });

  ["dragover", "dragleave", "drop"].forEach((name) => {
    document.addEventListener(name, (event) => {
      if (event.target.type === "file") event.target.classList.toggle("over", name === "dragover");
    });
  });
})();
