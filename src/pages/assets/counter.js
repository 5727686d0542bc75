// The counter works without this script; with it, suggestions are taken on the spot, a scan in the wrong box goes to the
// right one, and Enter walks through the form. Nothing is stored, nothing is sent that the form does not send.
"use strict";

{
  const form = document.getElementById("work");
  const heard = document.getElementById("heard");
  const box = (button) => document.getElementById(`f.${button.value}`);
  const offers = () => [...form.querySelectorAll("button[name=accept]:not([value='*'])")];

  const accept = (button) => {
    const input = box(button);
    const badge = input.closest(".cell").querySelector(".badge");
    input.value = button.parentElement.querySelector("span").textContent;
    badge.className = "badge info";
    badge.textContent = document.documentElement.lang === "en" ? "accepted" : "đã nhận";
    button.parentElement.remove();
    return input;
  };

  form.addEventListener("click", (event) => {
    const button = event.target.closest("button[name=accept]");
    if (!button) return;
    event.preventDefault();
    if (button.value !== "*") {
      const next = offers()[offers().indexOf(button) + 1];
      const input = accept(button);
      (next ?? input).focus();
      heard.textContent = `${input.labels[0].textContent.trim()}: ${input.value}`;
    } else {
      // What was typed otherwise stays.
      const open = offers().filter((offer) => box(offer).value.trim() === "");
      open.forEach(accept);
      button.remove();
      heard.textContent = `${open.length} ✓`;
      form.querySelector(".paper input, .paper select, .paper textarea")?.focus();
    }
    if (offers().length === 0) form.querySelector(".accept-all")?.remove();
  });

  // A scanner types the code and Enter, into whatever box it stands in.
  const isCode = (text) => text.split("|").length > 6;
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    const at = event.target;
    const person = at.closest(".person");
    if (person && at.tagName === "INPUT" && !at.classList.contains("qr") && isCode(at.value)) {
      person.querySelector(".qr").value = at.value;
      at.value = "";
    }
    if (at.closest(".paper") && (at.tagName === "INPUT" || at.tagName === "SELECT")) {
      event.preventDefault();
      const all = [...form.querySelectorAll(".paper input:not([type=hidden]), .paper select, .paper textarea")];
      all[all.indexOf(at) + 1]?.focus();
    }
  });

  // Scanners often end with two line ends: one look-up is asked once.
  let sent = false;
  form.addEventListener("submit", (event) => {
    if (event.submitter?.formTarget === "_blank") return;
    if (sent) event.preventDefault();
    sent = true;
  });
  addEventListener("pageshow", () => { sent = false; });
}
