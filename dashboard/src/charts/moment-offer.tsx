import { ArrowRight } from "lucide-react";
import { useEffect, useEffectEvent, useLayoutEffect, useRef } from "react";
import { placeTooltip } from "./readout";

interface MomentOfferProps {
  label: string;
  /** Where in the chart it was pressed, in pixels. */
  left: number;
  onChoose: () => void;
  onClose: () => void;
}

/** A button beside the moment that was pressed in a chart; Escape or a press elsewhere takes it away. */
export function MomentOffer({ label, left, onChoose, onClose }: MomentOfferProps) {
  const button = useRef<HTMLButtonElement>(null);
  const close = useEffectEvent(onClose);
  useLayoutEffect(() => {
    const own = button.current;
    const chart = own?.parentElement;
    if (own != null && chart != null) placeTooltip(own, left, chart.clientWidth);
  }, [left]);
  useEffect(() => {
    const pressed = (event: PointerEvent) => {
      if (!(event.target instanceof Node) || !button.current?.parentElement?.contains(event.target)) close();
    };
    const typed = (event: KeyboardEvent) => event.key === "Escape" && close();
    document.addEventListener("pointerdown", pressed);
    document.addEventListener("keydown", typed);
    return () => {
      document.removeEventListener("pointerdown", pressed);
      document.removeEventListener("keydown", typed);
    };
  }, []);
  const choose = () => {
    onClose();
    onChoose();
  };
  return (
    <button
      ref={button}
      type="button"
      onClick={choose}
      className="tnum touch fade-in absolute bottom-8 z-20 inline-flex h-8 items-center gap-1.5 whitespace-nowrap rounded-md border border-edge bg-surface px-2.5 font-medium text-accent text-xs shadow-lg hover:bg-raised"
    >
      {label}
      <ArrowRight className="size-3.5" aria-hidden />
    </button>
  );
}
