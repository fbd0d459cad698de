import type { TextPanel } from "@/lib/dashboard-spec";
import { filledText } from "@/lib/panel-query";
import type { PanelProps } from "./panel-context";
import { PanelFrame } from "./panel-frame";

/** Words as they were written, with their lines. */
export function Text({ panel, title, context, aside }: PanelProps<TextPanel>) {
  return (
    <PanelFrame title={title} aside={aside}>
      <p
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keys
        tabIndex={0}
        className="h-full overflow-y-auto whitespace-pre-line break-words px-3.5 pb-3 -outline-offset-2"
      >
        {filledText(panel.text, context.variables, context.chosen, context.names)}
      </p>
    </PanelFrame>
  );
}
