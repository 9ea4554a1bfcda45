// What the pages do beyond Material: copy a cell, scroll and open things by key, keep the heading when the language changes.

const COPIED = { en: "Copied", zh: "已复制" }[document.documentElement.lang];

document.addEventListener("click", async ({ target }) => {
  const button = target.closest(".cell-copy");
  if (!button) return;
  const code = button.parentElement.querySelector("code");
  // Without https a page has no clipboard to write to; then the code is marked, and the reader can copy it.
  if (!navigator.clipboard) return getSelection().selectAllChildren(code);
  await navigator.clipboard.writeText(code.textContent);
  button.classList.add("copied");
  window.alert$.next(COPIED);
  setTimeout(() => button.classList.remove("copied"), 2000);
});

document.addEventListener("click", ({ target }) => target.closest(".opener")?.nextElementSibling.click());
document.addEventListener("keydown", ({ key }) => {
  if (key === "Escape") document.getElementById("__drawer").checked = false;
});

// Material searches when a key is released; a text that is pasted by mouse or by touch comes without one.
document.addEventListener("input", ({ target, inputType }) => {
  if (target.matches(".md-search__input") && inputType !== "insertText") target.dispatchEvent(new KeyboardEvent("keyup"));
});

// What a search or a link leads to may be folded away.
function unfold() {
  const goals = document.querySelectorAll(".md-content :is(mark, :target)");
  for (const goal of goals) {
    for (let box = goal.closest("details"); box; box = box.parentElement.closest("details")) box.open = true;
  }
  document.querySelector(".md-content :target")?.scrollIntoView();
}
window.addEventListener("hashchange", unfold);

// The drawer of a phone shows where the reader is.
document.getElementById("__drawer").addEventListener("change", ({ target }) => {
  if (target.checked) document.querySelector(".md-nav--primary .md-nav__link--active")?.scrollIntoView({ block: "center" });
});

// Headings have the same ids in both languages. Pointerdown, so that opening in a new tab keeps the heading, too.
for (const type of ["pointerdown", "click"]) {
  document.addEventListener(type, ({ target }) => {
    const link = target.closest(".language-switch");
    if (link) link.hash = headingInView();
    // A report says what the reader was looking at.
    const report = target.closest(".report");
    if (report) report.search = report.search.replace(/(page=[^&#]*?)(%23[^&]*)?(?=&|$)/, `$1%23${headingInView()}`);
  });
}

function headingInView() {
  const top = document.querySelector(".md-header").getBoundingClientRect().bottom + 40;
  const headings = [...document.querySelectorAll(".md-content :is(h2, h3)[id]")];
  return headings.findLast((heading) => heading.getBoundingClientRect().top <= top)?.id ?? "";
}

// The field for pasting an error stands on two pages, and the playground on one; what they need is fetched there.
const ASSETS = new URL(".", document.currentScript.src);
const PLAYGROUND = ["tensors", "printing", "autograd", "functions", "parser", "interpreter", "layout", "picture", "page"];
let pasting;
let playing;

function fetchOnce(name) {
  const isStyle = name.endsWith(".css");
  const place = { href: new URL(name, ASSETS), src: new URL(name, ASSETS) };
  const part = Object.assign(document.createElement(isStyle ? "link" : "script"), place, isStyle && { rel: "stylesheet" });
  part.async = false;
  document.head.append(part);
  return new Promise((resolve, reject) => Object.assign(part, { onload: resolve, onerror: reject }));
}

window.document$.subscribe(async () => {
  const box = document.querySelector(".paste");
  if (!box) return;
  pasting ??= Promise.all(["paste.css", "search/messages.js", "paste.js"].map(fetchOnce));
  await pasting;
  paste.mount(box);
});
window.document$.subscribe(async () => {
  const box = document.querySelector(".playground");
  if (!box) return;
  playing ??= Promise.all([...PLAYGROUND.map((name) => `playground/${name}.js`), "replay.js"].map(fetchOnce));
  await playing;
  playground.page.mount(box);
});

// What scrolls can be reached by key, and what does not is no stop on the way.
const watch = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
    else target.removeAttribute("tabindex");
  }
});
window.document$.subscribe(() => {
  watch.disconnect();
  // Material marks the words of a search only after this.
  setTimeout(unfold, 100);
  for (const box of document.querySelectorAll(".cells pre, div.math, .md-typeset__scrollwrap")) watch.observe(box);
});
