// What the pages do beyond Material: copy a cell, scroll and open things by key, keep the heading when the language changes.

const COPIED = {
  en: ["Copied", "Copied, with all code before it"],
  zh: ["已复制", "已复制，连同前面的代码"],
}[document.documentElement.lang];

// With Alt, or by a long press, which a browser takes for a call of its menu: all code of the session up to there.
for (const type of ["click", "contextmenu"]) {
  document.addEventListener(type, (event) => {
    const button = event.target.closest(".cell-copy");
    if (!button) return;
    event.preventDefault();
    copy(button, event.altKey || type === "contextmenu");
  });
}

async function copy(button, withAllBefore) {
  const code = button.parentElement.querySelector("code");
  const pieces = withAllBefore ? sessionUpTo(code) : [code];
  // Without https a page has no clipboard to write to; then the code is marked, and the reader can copy it.
  if (!navigator.clipboard) return getSelection().selectAllChildren(code);
  await navigator.clipboard.writeText(pieces.map((piece) => piece.textContent).join(withAllBefore ? "\n" : ""));
  button.classList.add("copied");
  window.alert$.next(COPIED[Number(withAllBefore)]);
  setTimeout(() => button.classList.remove("copied"), 2000);
}

// Below each block that the playground is known to run, a link opens it there with those of its session before it.
const TRY = { en: "Try this", zh: "试一试" }[document.documentElement.lang];

window.document$.subscribe(() => {
  const playground = document.querySelector(".md-nav--primary :is([href$='playground/'], [href$='playground.html'])");
  // The page itself has the address "./" in its navigation.
  const address = playground?.href ?? location.href.replace(/#.*/, "");
  for (const block of document.querySelectorAll(".cells[data-try]:not(:has(+ .cell-try))")) {
    const link = Object.assign(document.createElement("a"), { className: "cell-try", textContent: TRY });
    link.href = address + programHash(programOf(block));
    block.after(link);
  }
});

// The code of a block, below all that the playground runs of its session; and the end of an address that has it.
function programOf(block) {
  const code = [...block.querySelectorAll(".cell-input code")].at(-1);
  const pieces = sessionUpTo(code).filter((piece) => block.contains(piece) || piece.closest("[data-try]"));
  return pieces.map((piece) => piece.textContent.trimEnd()).join("\n");
}

function programHash(program) {
  return `#program=${encodeURIComponent(program).replace(/[()'!*]/g, (sign) => `%${sign.charCodeAt().toString(16)}`)}`;
}

function sessionUpTo(code) {
  const session = (piece) => piece.closest(".cells")?.dataset.session;
  const pieces = [...code.closest("article").querySelectorAll(".cell-input code")];
  const until = pieces.indexOf(code);
  // The code of a widget stands for itself.
  if (until < 0) return [code];
  return pieces.slice(0, until + 1).filter((piece) => session(piece) === session(code));
}

document.addEventListener("click", ({ target }) => target.closest(".opener")?.nextElementSibling.click());
document.addEventListener("keydown", ({ key }) => {
  if (key === "Escape") document.getElementById("__drawer").checked = false;
});

// Material searches when a key is released; what is pasted by touch, dictated or completed comes without one.
document.addEventListener("input", ({ target }) => {
  if (target.matches(".md-search__input")) target.dispatchEvent(new KeyboardEvent("keyup"));
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

// From the colours of the system, the first press of the switch leads to the others: on a dark system each of its three
// buttons does what the next one does on a light one.
if (matchMedia("(prefers-color-scheme: dark)").matches) {
  const labels = [...document.querySelectorAll("[data-md-component=palette] label")];
  const does = labels.map(({ htmlFor, title }) => ({ htmlFor, title }));
  labels.forEach((label, at) => {
    const next = does[(at + 1) % does.length];
    Object.assign(label, next);
    label.previousElementSibling.setAttribute("aria-label", next.title);
  });
}

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

// What hides the outputs of a page is fetched when it is asked for, and on pages where it was left on.
let predicting;

window.document$.subscribe(() => {
  const box = document.querySelector("predict-outputs");
  if (!box || customElements.get("predict-outputs")) return;
  const load = () => (predicting ??= Promise.all(["predict.css", "predict.js"].map(fetchOnce)));
  if ((__md_get("__predicted") ?? {})[location.pathname]?.isOn) load();
  else box.addEventListener("click", () => load().then(() => box.turn(true)), { once: true });
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
