// Days and times as the reader knows them: Jalali with Persian digits for Persian.

const TAGS = { fa: "fa-IR-u-ca-persian-nu-arabext", en: "en-GB" };
const DAY = 86_400_000;

const midnight = (date) => new Date(date.getFullYear(), date.getMonth(), date.getDate());

export class Dates {
  #words;
  #time;
  #day;
  #dayOfYear;
  #year;
  #number;
  #full;

  constructor(locale, words) {
    const tag = TAGS[locale];
    const day = { weekday: "long", day: "numeric", month: "long" };
    this.#words = words;
    this.#time = new Intl.DateTimeFormat(tag, {
      hour: "2-digit",
      minute: "2-digit",
      hour12: false,
    });
    this.#day = new Intl.DateTimeFormat(tag, day);
    this.#dayOfYear = new Intl.DateTimeFormat(tag, { ...day, year: "numeric" });
    this.#year = new Intl.DateTimeFormat(tag, { year: "numeric" });
    this.#full = new Intl.DateTimeFormat(tag, { dateStyle: "full", timeStyle: "short" });
    this.#number = new Intl.NumberFormat(tag, { maximumFractionDigits: 1 });
  }

  time(date) {
    return this.#time.format(date);
  }

  full(date) {
    return this.#full.format(date);
  }

  number(value) {
    return this.#number.format(value);
  }

  /** A key that is the same for all moments of one day here. */
  dayKey(date) {
    return midnight(date).getTime();
  }

  day(date, now = new Date()) {
    const ago = Math.round((midnight(now) - midnight(date)) / DAY);
    if (ago === 0) return this.#words.today;
    if (ago === 1) return this.#words.yesterday;
    const sameYear = this.#year.format(date) === this.#year.format(now);
    // Persian would put the year first: each part is asked for, and put in the order of speech.
    if (sameYear) return this.#ordered(this.#day, date);
    return this.#ordered(this.#dayOfYear, date);
  }

  #ordered(format, date) {
    const part = Object.fromEntries(format.formatToParts(date).map((one) => [one.type, one.value]));
    const rest = [part.day, part.month, part.year].filter(Boolean).join(" ");
    return `${part.weekday}${this.#words.comma} ${rest}`;
  }

  /** A size in bytes, for people. */
  size(bytes) {
    const { kb, mb } = this.#words;
    if (bytes < 1e6) return `${this.number(Math.max(1, Math.round(bytes / 1e3)))} ${kb}`;
    return `${this.number(bytes / 1e6)} ${mb}`;
  }
}
