import { t } from "@lingui/core/macro";
import { Plural, Trans } from "@lingui/react/macro";
import { ArrowDown, Download } from "lucide-react";
import { memo, useEffect, useRef, useState } from "react";
import { outputUrl } from "@/api/commands";
import type { CommandRun } from "@/api/types";
import { Notice } from "@/components/notice";
import { Button } from "@/components/ui/button";
import { Segmented } from "@/components/ui/segmented";
import { cn } from "@/lib/cn";
import type { OutputBlock, OutputLine, StreamName } from "@/lib/output";
import type { Target } from "@/lib/run-draft";
import { isOpen } from "@/lib/run-words";
import type { CommandFeed } from "@/state/command-feed";
import { useSignal } from "@/state/use-signal";

type Shown = "all" | StreamName;

const STREAMS = [
  { value: "all", label: t({ message: "All", context: "output" }) },
  { value: "stdout", label: t`Output` },
  { value: "stderr", label: t`Errors` },
] as const;

/** So near to the end counts as being there: fractions of pixels must not stop the following. */
const NEAR_PX = 24;

interface OutputPanelProps {
  command: number;
  machine: Target;
  /** How it stands there, once that is known. */
  run: CommandRun | undefined;
  feed: CommandFeed;
}

/** What a run writes, as text alone: no sequence of it is ever followed. It follows the end until somebody scrolls up. */
export function OutputPanel({ command, machine, run, feed }: OutputPanelProps) {
  const { blocks, dropped, loading, problem } = useSignal(feed.view);
  const [shown, setShown] = useState<Shown>("all");
  const [following, setFollowing] = useState(true);
  const box = useRef<HTMLElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: whatever changes the text moves its end
  useEffect(() => {
    if (following && box.current !== null) box.current.scrollTop = box.current.scrollHeight;
  }, [blocks, following, shown]);
  const top = useRef(0);
  const scrolled = () => {
    const { current } = box;
    if (current === null) return;
    const up = current.scrollTop < top.current;
    const near = current.scrollHeight - current.scrollTop - current.clientHeight < NEAR_PX;
    // Lines that are laid out only when they come into view move the end away, too: that is nobody's wish to stay.
    if (!near && !up && following) current.scrollTop = current.scrollHeight;
    top.current = current.scrollTop;
    setFollowing((before) => near || (before && !up));
  };
  const hasErrors = blocks.some(({ lines }) => lines.some(isError));
  return (
    <div className="card overflow-hidden">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2 border-b px-4 py-2">
        <h2 className="font-semibold text-sm">
          <Trans>Output</Trans>
        </h2>
        {hasErrors && <Segmented label={t`Stream`} value={shown} options={STREAMS} onChange={setShown} />}
        {hasErrors && shown === "all" && (
          <span className="inline-flex items-center gap-1.5 text-muted text-xs max-sm:order-last max-sm:w-full">
            <span aria-hidden className="font-bold text-bad">
              !
            </span>
            <Trans>standard error</Trans>
          </span>
        )}
        <Button asChild size="sm" className="ms-auto">
          <a href={outputUrl(command, machine.id)} download>
            <Download className="size-3.5" aria-hidden />
            <span className="max-sm:sr-only">
              <Trans>Download</Trans>
            </span>
          </a>
        </Button>
      </div>
      {problem !== null && <Notice title={t`The output could not be loaded`}>{problem.message}</Notice>}
      <div className="relative">
        <section
          ref={box}
          onScroll={scrolled}
          aria-label={t`Output of ${{ name: machine.name }}`}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, which the keyboard must be able to do
          tabIndex={0}
          className="max-h-[min(34rem,55dvh)] min-h-40 overflow-auto bg-bg py-2 font-mono text-xs leading-5"
        >
          {dropped > 0 && (
            <p className="px-4 pb-2 font-sans text-muted">
              <Plural
                value={dropped}
                one="# older line is not shown. It is in the download."
                other="# older lines are not shown. They are in the download."
              />
            </p>
          )}
          {blocks.map((block) => (
            <Block key={block.first} block={block} shown={shown} />
          ))}
          {blocks.length === 0 && !loading && <Silence run={run} />}
        </section>
        {!following && (
          <Button size="sm" className="absolute end-4 bottom-3 shadow-lg" onClick={() => setFollowing(true)}>
            <ArrowDown className="size-3.5" aria-hidden />
            <Trans>Follow the end</Trans>
          </Button>
        )}
      </div>
    </div>
  );
}

const isError = ({ pieces }: OutputLine) => pieces.some(({ stream }) => stream === "stderr");

/** Lines that are drawn together; those that do not change are not drawn anew. */
const Block = memo(function Block({ block, shown }: { block: OutputBlock; shown: Shown }) {
  return (
    <div className="[contain-intrinsic-size:auto_125rem] [content-visibility:auto]">
      {block.lines.map((line) => {
        const pieces = shown === "all" ? line.pieces : line.pieces.filter(({ stream }) => stream === shown);
        if (pieces.length === 0 && shown !== "all") return null;
        return (
          <div key={line.number} className="flex overflow-clip px-2">
            <span aria-hidden className="w-4 shrink-0 select-none font-bold text-bad">
              {shown === "all" && isError(line) ? "!" : ""}
            </span>
            <span className="min-w-0 whitespace-pre-wrap [overflow-wrap:anywhere]">
              {pieces.map((piece, at) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: pieces of a line only grow at its end
                <span key={at} className={cn(piece.stream === "stderr" && shown === "all" && "text-bad")}>
                  {piece.text}
                </span>
              ))}
              {pieces.length === 0 && " "}
            </span>
          </div>
        );
      })}
    </div>
  );
});

function Silence({ run }: { run: CommandRun | undefined }) {
  const text = run?.output_removed
    ? t`Its output was kept for as long as this hub keeps such, and is gone.`
    : run === undefined || isOpen(run.state)
      ? t`It has written nothing yet.`
      : t`It wrote nothing.`;
  return <p className="px-4 py-6 text-center font-sans text-muted text-sm">{text}</p>;
}
