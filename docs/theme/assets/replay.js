/* <backward-replay> walks through a backward pass that was recorded when the page was built.
   Code, graph and reasons are in the page already; each part says at which steps something happens to it (data-at), until
   which step it shows (data-until), and which tensor it is about (data-name). At step 0 all of it shows, as on paper. */
customElements.get("backward-replay") || customElements.define("backward-replay", class extends HTMLElement {
  connectedCallback() {
    if (this.parts) return
    const numbers = (text) => text.split(" ").map(Number)
    this.parts = [...this.querySelectorAll("[data-at], [data-until]")].map((element) => ({
      element,
      at: numbers(element.dataset.at ?? "0"),
      until: Number(element.dataset.until ?? Infinity),
    }))
    this.reasons = [...this.querySelectorAll("li")]
    this.last = this.reasons.length
    this.slider = this.querySelector("input")
    this.said = this.querySelector(".replay-said")
    this.buttons = Object.fromEntries([...this.querySelectorAll("[data-do]")].map((one) => [one.dataset.do, one]))
    this.play = this.buttons.play.textContent

    this.slider.addEventListener("input", () => this.go(Number(this.slider.value)))
    this.addEventListener("click", (event) => this.press(event))
    this.addEventListener("keydown", (event) => this.type(event))
    for (const type of ["pointerover", "pointerleave", "focusin", "focusout"]) {
      this.addEventListener(type, ({ type, target }) => this.light(type.endsWith("out") || type.endsWith("leave") ? null : target))
    }
    // So that the arrow keys work at once: after a click anywhere in it, and as a stop of the tab key.
    this.tabIndex = 0
    this.addEventListener("pointerdown", ({ target }) => {
      if (!target.closest("button, input, [tabindex='0']:not(backward-replay)")) this.focus({ preventScroll: true })
    })
    this.classList.add("live")
    this.show(0)
  }

  disconnectedCallback() {
    this.stop()
  }

  press({ target }) {
    const action = target.closest("[data-do]")?.dataset.do
    if (action === "back") this.go(this.now - 1)
    if (action === "next") this.go(this.now + 1)
    if (action === "play") this.timer ? this.stop() : this.start()
    if (action === "all") target.setAttribute("aria-expanded", this.classList.toggle("all"))
  }

  type(event) {
    const to = { ArrowLeft: this.now - 1, ArrowRight: this.now + 1, Home: 0, End: this.last }[event.key]
    const { target } = event
    const scrolls = target !== this && target.scrollWidth > target.clientWidth && target.tabIndex === 0 && !target.matches("button")
    if (to === undefined || target === this.slider || scrolls || event.altKey || event.ctrlKey || event.metaKey) return
    event.preventDefault()
    event.stopPropagation()
    this.go(to)
  }

  /* Light up all that is about the tensor which the pointer or the focus is on. */
  light(target) {
    const name = target?.closest("[data-name]")?.dataset.name
    for (const part of this.querySelectorAll("[data-name]")) {
      part.classList.toggle("lit", name !== undefined && part.dataset.name === name)
    }
  }

  /* A step that the reader asks for; it ends the automatic walk. */
  go(step) {
    this.stop()
    this.show(step)
  }

  start() {
    this.show(this.now < this.last ? this.now + 1 : 1)
    this.timer = setInterval(() => (this.now < this.last ? this.show(this.now + 1) : this.stop()), 1500)
    this.buttons.play.textContent = this.buttons.play.dataset.pause
    this.said.setAttribute("aria-live", "off")
  }

  stop() {
    clearInterval(this.timer)
    this.timer = 0
    this.buttons.play.textContent = this.play
    this.said.setAttribute("aria-live", "polite")
  }

  show(step) {
    this.now = step = Math.max(0, Math.min(this.last, step))
    this.classList.toggle("walking", step > 0)
    for (const { element, at, until } of this.parts) {
      element.classList.toggle("future", step > 0 && step < at[0])
      element.classList.toggle("past", step > 0 ? step >= until : until < Infinity)
      element.classList.toggle("now", at.includes(step) && step > 0)
    }
    const says = step ? `${step}/${this.last} ${this.reasons[step - 1].dataset.says}` : ""
    this.said.textContent = says
    this.slider.value = step
    this.slider.setAttribute("aria-valuetext", says || "0")
    /* Not `disabled`, which would take the keyboard focus away from a button just pressed. */
    this.buttons.back.setAttribute("aria-disabled", step === 0)
    this.buttons.next.setAttribute("aria-disabled", step === this.last)
  }
})
