/* <backward-replay> walks through a backward pass that was recorded when the page was built.
   The picture and the list of steps are in the page already; each part of the picture says from which step on it shows
   (data-at, which may list several steps where something happens) and until which (data-until). */
customElements.get("backward-replay") || customElements.define("backward-replay", class extends HTMLElement {
  connectedCallback() {
    if (this.bar) return;
    const [back, next, play, pause, step, ready] = this.dataset.words.split("|");
    this.words = { play, pause, ready };
    this.parts = [...this.querySelectorAll("svg [data-at], svg [data-until]")].map(element => ({
      element,
      at: (element.dataset.at || "0").split(" ").map(Number),
      until: Number(element.dataset.until || Infinity),
    }));
    this.texts = [...this.querySelectorAll("li")].map(item => item.textContent);
    this.last = this.texts.length;

    this.bar = document.createElement("div");
    this.bar.className = "replay-bar";
    this.backButton = this.button(back, () => this.go(this.now - 1));
    this.nextButton = this.button(next, () => this.go(this.now + 1));
    this.playButton = this.button(play, () => this.timer ? this.stop() : this.start());
    this.slider = document.createElement("input");
    Object.assign(this.slider, { type: "range", min: 0, max: this.last });
    this.slider.setAttribute("aria-label", step);
    this.slider.oninput = () => this.go(Number(this.slider.value));
    this.said = document.createElement("p");
    this.bar.append(this.slider, this.said);
    this.querySelector(".picture-scroll").after(this.bar);

    this.addEventListener("keydown", event => this.press(event));
    // So that the arrow keys work at once: after a click anywhere in it, and as a stop of the tab key.
    this.tabIndex = 0;
    this.addEventListener("pointerdown", () => this.focus({ preventScroll: true }));
    this.classList.add("live");
    this.stop();
    this.show(0);
  }

  disconnectedCallback() {
    this.stop();
  }

  button(text, action) {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", className: "md-button", textContent: text, onclick: action });
    this.bar.append(button);
    return button;
  }

  press(event) {
    const to = { ArrowLeft: this.now - 1, ArrowRight: this.now + 1, Home: 0, End: this.last }[event.key];
    const { target } = event;
    const scrolls = target.matches(".picture-scroll") && target.scrollWidth > target.clientWidth;
    if (to === undefined || target === this.slider || scrolls || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    this.go(to);
  }

  /* A step that the reader asks for; it ends the automatic walk. */
  go(step) {
    this.stop();
    this.show(step);
  }

  start() {
    this.show(this.now < this.last ? this.now + 1 : 0);
    this.timer = setInterval(() => this.now < this.last ? this.show(this.now + 1) : this.stop(), 1500);
    this.playButton.textContent = this.words.pause;
    this.said.setAttribute("aria-live", "off");
  }

  stop() {
    clearInterval(this.timer);
    this.timer = 0;
    this.playButton.textContent = this.words.play;
    this.said.setAttribute("aria-live", "polite");
  }

  show(step) {
    this.now = step = Math.max(0, Math.min(this.last, step));
    for (const { element, at, until } of this.parts) {
      element.classList.toggle("future", step < at[0]);
      element.classList.toggle("past", step >= until);
      element.classList.toggle("now", step > 0 && at.includes(step));
    }
    this.said.textContent = step ? `${step}/${this.last} ${this.texts[step - 1]}` : this.words.ready;
    this.slider.value = step;
    this.slider.setAttribute("aria-valuetext", `${step}/${this.last}`);
    /* Not `disabled`, which would take the keyboard focus away from a button just pressed. */
    this.backButton.setAttribute("aria-disabled", step === 0);
    this.nextButton.setAttribute("aria-disabled", step === this.last);
  }
});
