import { useEffect } from "react";

const IDLE_MS = 3000;

/** Keeps the screen from going dark, where the browser can; it lets go whenever the page is hidden. */
export function useAwake(): void {
  useEffect(() => {
    let lock: WakeLockSentinel | null = null;
    let over = false;
    const ask = async () => {
      if (document.visibilityState !== "visible" || !("wakeLock" in navigator)) return;
      try {
        const given = await navigator.wakeLock.request("screen");
        if (over) await given.release();
        else lock = given;
      } catch {
        // Refused to save power, or by a policy: the screen's own settings decide then.
      }
    };
    const again = () => void ask();
    document.addEventListener("visibilitychange", again);
    void ask();
    return () => {
      over = true;
      document.removeEventListener("visibilitychange", again);
      void lock?.release();
    };
  }, []);
}

/** Hides the pointer while nobody moves it. */
export function useIdleCursor(): void {
  useEffect(() => {
    const { classList } = document.documentElement;
    let timer: ReturnType<typeof setTimeout>;
    const hide = () => {
      timer = setTimeout(() => classList.add("idle"), IDLE_MS);
    };
    const show = () => {
      clearTimeout(timer);
      classList.remove("idle");
      hide();
    };
    hide();
    document.addEventListener("pointermove", show);
    return () => {
      clearTimeout(timer);
      classList.remove("idle");
      document.removeEventListener("pointermove", show);
    };
  }, []);
}
