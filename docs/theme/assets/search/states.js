/* What the line above the results says while the search is under way, when it failed or found nothing, and when a pasted
 * message is on no page. Material knows none of these; it says how many pages were found. This script comes before
 * Material's, which makes the worker.
 */

{
  const SAYS = {
    en: {
      searching: "Searching…",
      failed: "The search could not be loaded. Type on to try again.",
      nearest: "No page has this message. These share words with it:",
      nothing: "No page was found. Try one word of it, the name of a function, or the text of the error.",
    },
    zh: {
      searching: "正在搜索……",
      failed: "搜索未能加载，继续输入即可重试。",
      nearest: "没有页面收录这条报错。下面几页与它有相同的词：",
      nothing: "没有找到。可以只用其中一个词，或者换成函数名、报错的原文。",
    },
  }[document.documentElement.lang]
  const QUERY = 2
  const RESULT = 3
  // An answer that comes sooner needs no announcement.
  const SOON = 250

  let state

  function say(next) {
    state = next
    const line = document.querySelector(".md-search-result__meta")
    if (state && line.textContent !== SAYS[state]) line.textContent = SAYS[state]
  }

  window.Worker = class extends window.Worker {
    constructor(address) {
      super(address)
      let waiting
      this.addEventListener("message", ({ data: { type, data } }) => {
        if (type !== RESULT) return
        clearTimeout(waiting)
        say(data.state)
      })
      this.announce = () => {
        clearTimeout(waiting)
        waiting = setTimeout(() => say("searching"), SOON)
      }
    }

    postMessage(message) {
      super.postMessage(message)
      if (message.type === QUERY && message.data.trim()) this.announce()
    }
  }

  // Material writes into the same line, a moment after our worker has answered.
  addEventListener("DOMContentLoaded", () => {
    const line = document.querySelector(".md-search-result__meta")
    if (line) new MutationObserver(() => say(state)).observe(line, { childList: true })
  })
}
