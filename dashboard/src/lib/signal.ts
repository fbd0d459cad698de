/** A value that React and plain code can watch; `useSyncExternalStore` takes its two methods as they are. */
export class Signal<Value> {
  private current: Value;
  private readonly listeners = new Set<() => void>();

  constructor(initial: Value) {
    this.current = initial;
  }

  readonly get = (): Value => this.current;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  set(value: Value): void {
    if (Object.is(value, this.current)) return;
    this.current = value;
    for (const listener of this.listeners) listener();
  }
}
