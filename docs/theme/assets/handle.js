/* <value-handle>: a slider over values for which PyTorch ran when the page was built; it shows the row of each.
   The curve is drawn in the coordinates of its numbers, so that a number of the table is a place in the picture. */
customElements.get("value-handle") || customElements.define("value-handle", class extends HTMLElement {
  connectedCallback() {
    if (this.slider) return
    this.table = JSON.parse(this.dataset.table)
    this.names = Object.keys(this.table)
    this.slopes = JSON.parse(this.dataset.slopes)
    this.slider = this.querySelector("input")
    this.slider.addEventListener("input", () => this.show(Number(this.slider.value)))
    this.show(Number(this.slider.value))
  }

  show(row) {
    const printed = (name) => this.table[name][row]
    for (const cell of this.querySelectorAll("[data-column]")) cell.textContent = printed(cell.dataset.column)
    this.slider.setAttribute("aria-valuetext", this.names.map((name) => `${name} = ${printed(name)}`).join(", "))
    const place = "logarithmic" in this.dataset ? Math.log10 : Number
    const across = this.table[this.names[0]].map(place)
    const length = across.at(-1) - across[0]
    const [x, y] = [across[row], place(printed(this.dataset.curve))]
    this.querySelector(".handle-dot").setAttribute("d", `M${x} ${y}h0`)
    this.querySelectorAll(".handle-tangent").forEach((line, at) => {
      const slope = Number(printed(this.slopes[at]))
      const ends = `M${x - length} ${y - slope * length}L${x + length} ${y + slope * length}`
      line.setAttribute("d", Number.isFinite(slope) ? ends : "")
    })
  }
})
