// Everything works without this script; it only adds comfort. It keeps nothing and sends nothing.
"use strict";

for (const button of document.querySelectorAll("button[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

// Loading again by itself is off until somebody switches it on. The address says that it is on, so that it stays on
// after loading and nothing is stored.
for (const button of document.querySelectorAll("button[data-reload]")) {
  const isOn = () => location.hash === "#auto";
  let timer;
  const show = () => {
    clearTimeout(timer);
    button.textContent = isOn() ? button.dataset.on : button.dataset.off;
    if (isOn()) timer = setTimeout(() => location.reload(), Number(button.dataset.reload) * 1000);
  };
  button.hidden = false;
  button.addEventListener("click", () => {
    history.replaceState(null, "", isOn() ? location.pathname + location.search : "#auto");
    show();
  });
  show();
}
