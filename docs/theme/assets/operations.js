/* <operation-table> lets readers filter the table of operations by name and by column, and sort it by any column.
   All rows are in the page already; a row that is filtered out is hidden, and a link to it shows all again. */
customElements.get("operation-table") || customElements.define("operation-table", class extends HTMLElement {
  connectedCallback() {
    if (this.rows) return;
    this.search = this.querySelector("input");
    this.selects = [...this.querySelectorAll("select")];
    this.output = this.querySelector("output");
    this.body = this.querySelector("tbody");
    this.rows = [...this.body.rows];
    // They come in the order of their names.
    this.places = new Map(this.rows.map((row, place) => [row, place]));
    this.addEventListener("input", () => this.filter());
    this.querySelectorAll("thead th").forEach((head, column) => this.offerToSort(head, column));
    this.show = () => this.showRow();
    addEventListener("hashchange", this.show);
    this.filter();
    this.showRow();
  }

  disconnectedCallback() {
    removeEventListener("hashchange", this.show);
  }

  filter() {
    const name = this.search.value.trim().toLowerCase();
    const asked = this.selects.filter(({ value }) => value);
    for (const row of this.rows) {
      row.hidden = !row.id.toLowerCase().includes(name) || !asked.every((select) => hasValue(row, select));
    }
    const shown = this.rows.filter((row) => !row.hidden).length;
    this.output.textContent = [shown, this.rows.length].reduce((text, count) => text.replace("{}", count), this.dataset.count);
  }

  offerToSort(head, column) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    button.onclick = () => this.sort(head, column);
    head.append(button);
    if (column === 0) head.ariaSort = "ascending";
  }

  sort(head, column) {
    const direction = head.ariaSort === "ascending" ? "descending" : "ascending";
    this.querySelectorAll("thead th").forEach((other) => other.removeAttribute("aria-sort"));
    head.ariaSort = direction;
    const sign = direction === "ascending" ? 1 : -1;
    const text = new Map(this.rows.map((row) => [row, row.cells[column].textContent]));
    const byName = (one, other) => this.places.get(one) - this.places.get(other);
    const byText = (one, other) => text.get(one).localeCompare(text.get(other));
    // Rows that say the same stay in the order of their names.
    this.rows.sort((one, other) => sign * (column ? byText : byName)(one, other) || byName(one, other));
    this.body.append(...this.rows);
  }

  showRow() {
    const row = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!this.rows.includes(row) || !row.hidden) return;
    this.search.value = "";
    this.selects.forEach((select) => (select.value = ""));
    this.filter();
    row.scrollIntoView();
  }
});

/* Whether one of the words of a cell is the one chosen; names of arguments, which are code, are no words. */
function hasValue(row, { value, dataset }) {
  const cell = row.cells[dataset.column];
  if (value === "code") return cell.querySelector("code") !== null;
  const words = [...cell.childNodes].filter(({ nodeType }) => nodeType === Node.TEXT_NODE);
  return words.some(({ data }) => data.split(/[\s,;/]+/).includes(value));
}
