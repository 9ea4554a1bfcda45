/* <predict-outputs>: hides the outputs of a page, so that a reader can say each before it shows, and counts the right ones.
   What is counted stays in this browser. */
customElements.get("predict-outputs") || customElements.define("predict-outputs", class extends HTMLElement {
  static KEPT = "__predicted"
  static SAYS = {
    en: {
      show: "Show the output",
      right: "I had it right",
      wrong: "I had it wrong",
      count: (right, wrong, left) => `${right} right, ${wrong} wrong, ${left} to go`,
      clear: "Clear the count",
      end: "Show all outputs",
    },
    zh: {
      show: "显示输出",
      right: "猜对了",
      wrong: "猜错了",
      count: (right, wrong, left) => `对 ${right}，错 ${wrong}，还剩 ${left}`,
      clear: "清除计数",
      end: "显示全部输出",
    },
  }[document.documentElement.lang]

  connectedCallback() {
    if (this.outputs) return
    this.says = this.constructor.SAYS
    // What is folded away, as a solution or a correction, is for those who open it.
    const inPage = this.closest("article").querySelectorAll(".cells .cell-output:not(details *)")
    this.outputs = [...inPage]
    this.switch = this.querySelector("button")
    this.switch.addEventListener("click", () => this.turn(!this.isOn))
    const { isOn = false, answers = {} } = this.kept()
    this.answers = answers
    if (isOn) this.turn(true)
  }

  disconnectedCallback() {
    this.bar?.remove()
  }

  /* What is kept of this page; nothing where its outputs are others than then. */
  kept() {
    const page = (__md_get(this.constructor.KEPT) ?? {})[location.pathname]
    return page?.of === this.outputs.length ? page : {}
  }

  keep() {
    const pages = __md_get(this.constructor.KEPT) ?? {}
    pages[location.pathname] = { isOn: this.isOn, answers: this.answers, of: this.outputs.length }
    __md_set(this.constructor.KEPT, pages)
  }

  turn(on) {
    this.isOn = on
    this.switch.setAttribute("aria-pressed", on)
    this.outputs.forEach((output, number) => (on ? this.cover(output, number) : this.uncover(output)))
    this.bar?.remove()
    if (on) {
      this.makeBar()
      this.count()
    }
    this.keep()
  }

  cover(output, number) {
    if (number in this.answers) return this.mark(output, this.answers[number])
    output.classList.add("covered")
    const cover = this.button(this.says.show, "predict-cover", () => this.ask(output, number))
    output.append(cover)
  }

  uncover(output) {
    output.classList.remove("covered", "right", "wrong")
    for (const part of output.querySelectorAll(".predict-cover, .predict-ask")) part.remove()
  }

  /* Show an output, and let the reader say how it went. */
  ask(output, number) {
    this.uncover(output)
    const box = document.createElement("span")
    box.className = "predict-ask"
    const answer = (isRight) => () => {
      this.answers[number] = isRight
      this.uncover(output)
      this.mark(output, isRight)
      this.count()
      this.keep()
      this.next(number)?.focus()
    }
    box.append(this.button("✓", "", answer(true), this.says.right), this.button("✗", "", answer(false), this.says.wrong))
    output.append(box)
    box.firstChild.focus({ preventScroll: true })
  }

  next(number) {
    return this.outputs.slice(number).map((output) => output.querySelector(".predict-cover")).find(Boolean)
  }

  mark(output, isRight) {
    output.classList.add(isRight ? "right" : "wrong")
  }

  makeBar() {
    this.bar = document.createElement("div")
    this.bar.className = "predict-bar"
    const said = document.createElement("span")
    said.setAttribute("role", "status")
    const clear = this.button(this.says.clear, "", () => {
      this.answers = {}
      this.outputs.forEach((output) => this.uncover(output))
      this.turn(true)
    })
    this.bar.append(said, clear, this.button(this.says.end, "", () => this.turn(false)))
    this.append(this.bar)
  }

  count() {
    const given = Object.values(this.answers)
    const right = given.filter(Boolean).length
    const said = this.says.count(right, given.length - right, this.outputs.length - given.length)
    this.bar.firstChild.textContent = said
  }

  button(text, className, action, label = text) {
    const button = Object.assign(document.createElement("button"), { type: "button", className, textContent: text, title: label })
    button.setAttribute("aria-label", label)
    button.addEventListener("click", action)
    return button
  }
})
