// Everything works without this script; it only adds comfort. It keeps nothing and sends nothing.
"use strict";

for (const button of document.querySelectorAll("button[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
