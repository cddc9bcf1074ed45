// Copyright: (c) 2026, campaign.classic maintainers
// GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Filters, sorts and searches the rows that are in the page. Without it the page shows all of them, the worst first.
"use strict";
(() => {
  const find = (id) => document.getElementById(id);
  const body = document.querySelector("main section table tbody");
  const rows = Array.from(body.rows, (row, place) => ({
    row,
    place,
    host: row.cells[0].firstChild.textContent.trim(),
    rank: Number(row.dataset.rank),
    age: row.dataset.age === undefined ? null : Number(row.dataset.age),
    text: null,
  }));
  const tiles = Array.from(document.querySelectorAll(".tile"));
  const search = find("search");

  // -- filters and search

  const textOf = (one) => (one.text ??= one.row.textContent.toLowerCase());

  const said = (number) => number.toLocaleString("en");

  function show() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const chosen = new Set(tiles.filter((tile) => tile.ariaPressed === "true").map((tile) => tile.dataset.verdict));
    let seen = 0;
    for (const one of rows) {
      const wanted =
        (chosen.size === 0 || chosen.has(one.row.dataset.verdict)) && words.every((word) => textOf(one).includes(word));
      one.row.hidden = !wanted;
      seen += wanted;
    }
    find("count").textContent = `${said(seen)} of ${said(rows.length)} ${rows.length === 1 ? "instance" : "instances"}`;
  }

  for (const tile of tiles) {
    tile.addEventListener("click", () => {
      tile.ariaPressed = String(tile.ariaPressed !== "true");
      show();
    });
  }
  search.addEventListener("input", show);
  find("reset").addEventListener("click", () => {
    search.value = "";
    for (const tile of tiles) tile.ariaPressed = "false";
    show();
  });
  // A dot of the drawing finds its instance.
  for (const mark of document.querySelectorAll(".timeline [data-host]")) {
    mark.addEventListener("click", () => {
      search.value = mark.dataset.host;
      show();
      find("instances").scrollIntoView();
    });
  }

  // -- order

  const compare = {
    host: (left, right) => left.host.localeCompare(right.host, "en", { numeric: true }),
    rank: (left, right) => left.rank - right.rank,
    age: (left, right) => left.age - right.age,
  };

  function order(head) {
    const key = head.dataset.sort;
    // A click on another column begins with what people look for: the first name, the worst, the oldest.
    const first = key === "age" ? "descending" : "ascending";
    const other = first === "ascending" ? "descending" : "ascending";
    const direction = head.ariaSort === first ? other : first;
    const sign = direction === "ascending" ? 1 : -1;
    for (const one of heads) one.removeAttribute("aria-sort");
    head.ariaSort = direction;
    // What has no age comes last, whichever way.
    const known = rows.filter((one) => one[key] !== null);
    const rest = rows.filter((one) => one[key] === null);
    known.sort((left, right) => sign * compare[key](left, right) || left.place - right.place);
    body.append(...[...known, ...rest].map((one) => one.row));
  }

  const heads = Array.from(document.querySelectorAll("th[data-sort]"));
  for (const head of heads) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    button.addEventListener("click", () => order(head));
    head.replaceChildren(button);
  }

  // -- light and dark

  const theme = find("theme");
  const root = document.documentElement;
  const isDark = () => (root.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  const name = () => (theme.textContent = isDark() ? "Light" : "Dark");
  // A page from a file may have no storage.
  const stored = (write) => {
    try {
      return write();
    } catch {
      return null;
    }
  };
  const kept = stored(() => localStorage.getItem("campaign-report-theme"));
  if (kept === "light" || kept === "dark") root.dataset.theme = kept;
  theme.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    stored(() => localStorage.setItem("campaign-report-theme", root.dataset.theme));
    name();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", name);

  // -- print: on paper nothing can be opened

  addEventListener("beforeprint", () => {
    for (const one of document.querySelectorAll("details:not([open])")) one.open = one.dataset.printed = true;
  });
  addEventListener("afterprint", () => {
    for (const one of document.querySelectorAll("details[data-printed]")) {
      one.open = false;
      delete one.dataset.printed;
    }
  });

  name();
  show();
  theme.hidden = false;
  for (const one of document.querySelectorAll(".tools")) one.hidden = false;
})();
