import { useRouter } from "@tanstack/react-router";
import { asProblem } from "@/api/problem";
import { Notice } from "@/components/notice";
import { Button } from "@/components/ui/button";

/** Whatever a page could not handle: said plainly, with a way on. */
export function ErrorPage({ error, reset }: { error: unknown; reset: () => void }) {
  const router = useRouter();
  const problem = asProblem(error);
  const again = () => {
    reset();
    void router.invalidate();
  };
  return (
    <main className="mx-auto max-w-xl px-4 py-16">
      <h1 className="sr-only">Error</h1>
      <Notice title={problem.title} action={<Button onClick={again}>Try again</Button>}>
        {problem.message}
      </Notice>
    </main>
  );
}
