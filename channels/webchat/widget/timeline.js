// What is shown, in order: the record as far as it is known, and then what waits to be sent.

const RUN = 5 * 60_000;

export class Timeline {
  #items = new Map();
  /** Whether the hub has older ones than these. */
  earlier = false;

  /** Items of the hub, new and changed ones alike. `reset`: they replace all that is known. */
  take(items, reset) {
    if (reset) this.#items.clear();
    const [oldest] = this.#items.values();
    for (const item of items) {
      const known = this.#items.get(item.id);
      // What was changed further up has its place there, and comes with its page.
      if (!known && this.earlier && oldest && item.at < oldest.at) continue;
      if (!known || item.revision >= known.revision) this.#items.set(item.id, item);
    }
  }

  /** The page before all that is known. */
  precede(items, earlier) {
    this.#items = new Map([...items.map((item) => [item.id, item]), ...this.#items]);
    this.earlier = earlier;
  }

  get oldest() {
    return this.#items.keys().next().value;
  }

  get items() {
    return [...this.#items.values()];
  }

  has(clientId) {
    return this.items.some((item) => item.client_id === clientId);
  }

  /** The newest message of the team that is still there. */
  get newest() {
    return this.items.findLast?.(fromTeam) ?? this.items.filter(fromTeam).pop();
  }

  unread(since) {
    return this.items.filter((item) => fromTeam(item) && item.at > since);
  }

  /** Whether a person's answer is still to come. */
  get awaitsAnswer() {
    const last = this.items.filter((item) => !(item.direction === "out" && item.automated)).pop();
    return Boolean(last?.mine);
  }

  /**
   * Rows with what their neighbours mean for them: `day` begins a new one, `head` a run of one
   * author within five minutes, `tail` ends it. Waiting entries look like items of one's own.
   */
  rows(waiting, dayKey) {
    const entries = [...this.items, ...waiting.filter((entry) => !this.has(entry.client_id))];
    const rows = entries.map((item) => ({ item, at: new Date(item.at) }));
    rows.forEach((row, index) => {
      const before = rows[index - 1];
      row.day = !before || dayKey(before.at) !== dayKey(row.at);
      row.head = row.day || !sameRun(before, row);
      if (before) before.tail = row.head;
      row.tail = true;
      row.last = index === rows.length - 1;
    });
    return rows;
  }
}

const fromTeam = (item) => item.direction === "out" && !item.deleted;

const sameRun = (one, other) =>
  one.item.direction === other.item.direction &&
  one.item.mine === other.item.mine &&
  one.item.author === other.item.author &&
  !isSystem(one.item) &&
  !isSystem(other.item) &&
  other.at - one.at < RUN;

/** Something that happened in the chat; what was pressed is rather something that was said. */
export const isSystem = (item) =>
  item.blocks.length > 0 &&
  item.blocks.every((block) => block.type === "system" && block.what !== "press");
