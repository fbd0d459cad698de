const MAC = /Mac|iPhone|iPad/.test(navigator.platform);

/** What opens the palette. */
export const PALETTE_KEYS = MAC ? "⌘ K" : "Ctrl K";

/** Keys as they look, in the order in which they are pressed. */
export function Keys({ of }: { of: string }) {
  return (
    <span className="flex gap-1">
      {of.split(" ").map((key) => (
        <kbd
          key={key}
          className="grid h-5 min-w-5 place-items-center rounded border border-edge bg-raised px-1 font-sans text-2xs text-muted"
        >
          {key}
        </kbd>
      ))}
    </span>
  );
}
