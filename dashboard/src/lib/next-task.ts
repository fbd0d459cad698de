/** Lets what waits for the page's only thread go first: a press, a scroll, a frame. */
export function nextTask(): Promise<void> {
  return new Promise((resume) => setTimeout(resume));
}
