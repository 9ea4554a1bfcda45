// Marks in the navigation the pages that a reader has seen to their end. What is marked stays in this browser.

const read = (() => {
  const KEPT = "__read"
  const ROOT = new URL(".", document.querySelector(".md-logo").href)
  const SAYS = {
    en: { tick: "read", forget: "Forget which pages I have read" },
    zh: { tick: "已读", forget: "清除已读标记" },
  }[document.documentElement.lang]

  // The same page has the same name in each language.
  const name = (url) => url.pathname.replace(ROOT.pathname, "").replace(/index\.html$/, "")
  const kept = () => __md_get(KEPT) ?? []

  function mark() {
    const pages = kept()
    // Links to headings of this page stand in the navigation as well.
    for (const link of document.querySelectorAll(".md-nav--primary a.md-nav__link[href]:not([href*='#'])")) {
      const isRead = pages.includes(name(new URL(link.href)))
      const tick = link.querySelector(".tick")
      if (!isRead) tick?.remove()
      else if (!tick) link.append(Object.assign(document.createElement("span"), { className: "tick", textContent: "✓", title: SAYS.tick }))
    }
    offer(pages.length > 0)
  }

  /* At the foot of a page, where there is something to forget. */
  function offer(isThere) {
    const foot = document.querySelector(".page-actions")
    const button = foot?.querySelector(".forget")
    if (!isThere) button?.remove()
    if (!isThere || !foot || button) return
    const made = Object.assign(document.createElement("button"), { type: "button", className: "forget", textContent: SAYS.forget })
    made.addEventListener("click", () => {
      __md_set(KEPT, [])
      // Its foot is in view: this page counts again on the next visit.
      seen.disconnect()
      mark()
    })
    foot.append(made)
  }

  const seen = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return
    const here = name(location)
    if (!kept().includes(here)) __md_set(KEPT, [...kept(), here])
    mark()
  })

  window.document$.subscribe(() => {
    seen.disconnect()
    mark()
    const foot = document.querySelector(".page-foot")
    if (foot) seen.observe(foot)
  })
})()
