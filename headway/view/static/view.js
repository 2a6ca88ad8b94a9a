"use strict";
// Everything can be read without this file: it only takes in parts of a page again that the server has rendered anew.
(() => {
  const part = document.querySelector("[data-live]");
  if (!part || !("EventSource" in window)) return;
  const source = new EventSource(part.dataset.live);
  source.addEventListener("part", (event) => {
    const focused = part.contains(document.activeElement) ? document.activeElement.id : "";
    part.innerHTML = event.data;
    if (focused) document.getElementById(focused)?.focus();
  });
  source.addEventListener("ended", () => {
    source.close();
    part.insertAdjacentHTML("afterbegin", '<p class="note held" role="status">Your session has ended: load this page again.</p>');
  });
  window.addEventListener("pagehide", () => source.close());
})();
// Parts that come later than their page: without script, a link leads to each.
for (const part of document.querySelectorAll("[data-part]")) {
  fetch(part.dataset.part)
    .then((answer) => answer.text())
    .then((text) => {
      const found = new DOMParser().parseFromString(text, "text/html").querySelector("[data-part-of-page]");
      if (found) part.replaceChildren(...found.childNodes);
    })
    .catch(() => {});
}
