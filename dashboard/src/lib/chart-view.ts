// How single charts of a page are drawn, as its address holds it: `log` and `lines` name charts, with commas between.

/** How one chart is drawn, where that is not how it comes. */
export interface ChartView {
  /** A logarithmic value axis. */
  log: boolean;
  /** Lines instead of a stack. */
  lines: boolean;
}

export interface ChartViewSearch {
  log?: string;
  lines?: string;
}

export const PLAIN_VIEW: ChartView = { log: false, lines: false };

/** More charts than this have no scale of their own in an address. */
const MOST = 40;
const ID = /^[\w.:/-]{1,128}$/;

function idsOf(text: unknown): string[] {
  // The router reads digits as a number.
  const given = typeof text === "string" || typeof text === "number" ? String(text).split(",") : [];
  return [...new Set(given.filter((id) => ID.test(id)))].slice(0, MOST);
}

function kept(key: keyof ChartViewSearch, ids: readonly string[]): ChartViewSearch {
  return ids.length === 0 ? {} : { [key]: ids.join(",") };
}

/** Reads untrusted URL parameters; what makes no sense is left out. */
export function parseChartViews(search: Record<string, unknown>): ChartViewSearch {
  return { ...kept("log", idsOf(search.log)), ...kept("lines", idsOf(search.lines)) };
}

/** How the chart with this id is drawn. */
export function viewOf({ log, lines }: ChartViewSearch, id: string): ChartView {
  return { log: idsOf(log).includes(id), lines: idsOf(lines).includes(id) };
}

/** The address with another view of one chart. */
export function withView<Search extends ChartViewSearch>(search: Search, id: string, view: ChartView): Search {
  const { log, lines, ...others } = search;
  const put = (text: string | undefined, wanted: boolean) => {
    const rest = idsOf(text).filter((one) => one !== id);
    return wanted && ID.test(id) ? [id, ...rest].slice(0, MOST) : rest;
  };
  return { ...others, ...kept("log", put(log, view.log)), ...kept("lines", put(lines, view.lines)) } as Search;
}
