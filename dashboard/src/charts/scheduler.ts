const pending = new Set<() => void>();
let requested = false;

function flush(): void {
  requested = false;
  const now = [...pending];
  pending.clear();
  for (const draw of now) draw();
}

/** Draws at the next animation frame, once however often it is asked for. Hidden pages get no frames, so draw nothing. */
export function drawNextFrame(draw: () => void): void {
  pending.add(draw);
  if (requested) return;
  requested = true;
  requestAnimationFrame(flush);
}

/** Takes back a request, for instance because the chart is gone. */
export function cancelDraw(draw: () => void): void {
  pending.delete(draw);
}
