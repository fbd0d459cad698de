import { memo } from "react";
import { cn } from "@/lib/cn";
import { sparklinePath } from "@/lib/sparkline";

const WIDTH = 100;
const HEIGHT = 24;

interface SparklineProps {
  times: readonly number[];
  values: readonly (number | null)[];
  /** The value at the top; without it the largest value is. */
  max?: number;
  className?: string;
}

/** The recent past as one line with a soft fill. Decoration beside the number, so hidden from screen readers. */
export const Sparkline = memo(function Sparkline({ times, values, max, className }: SparklineProps) {
  const { line, area } = sparklinePath(times, values, WIDTH, HEIGHT, max);
  return (
    <svg
      aria-hidden
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      className={cn("block h-6 w-full min-w-0 overflow-visible", className)}
    >
      <path d={area} fill="currentColor" opacity={0.12} />
      <path
        d={line}
        fill="none"
        stroke="currentColor"
        strokeWidth={1.25}
        vectorEffect="non-scaling-stroke"
        strokeLinejoin="round"
      />
    </svg>
  );
});
