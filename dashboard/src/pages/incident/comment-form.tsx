import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useMutation } from "@tanstack/react-query";
import { Send } from "lucide-react";
import { useState } from "react";
import { comment } from "@/api/incidents";
import { asProblem } from "@/api/problem";
import { FormProblem } from "@/components/entry";
import { RoleNote } from "@/components/role-note";
import { Button } from "@/components/ui/button";
import { queryClient, useMay } from "@/state/session";
import { incidentQuery } from "./queries";

/** Says something in the timeline. */
export function CommentForm({ incident }: { incident: number }) {
  const may = useMay("operator");
  const [text, setText] = useState("");
  const say = useMutation({
    mutationFn: () => comment(incident, text.trim()),
    onSuccess: (now) => {
      queryClient.setQueryData(incidentQuery(incident).queryKey, now);
      setText("");
    },
  });
  if (!may) return <RoleNote needed="operator" what={t`Commenting`} />;
  return (
    <form
      className="mt-1 flex flex-col gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        say.mutate();
      }}
    >
      <FormProblem text={say.error === null ? null : asProblem(say.error).advice} />
      <div className="flex items-end gap-2">
        <textarea
          aria-label={t`Comment`}
          placeholder={t`Say what you see or did`}
          rows={text.includes("\n") ? 4 : 1}
          maxLength={20_000}
          value={text}
          onChange={(event) => setText(event.target.value)}
          className="touch min-h-9 w-full resize-y rounded-md border border-edge bg-surface px-3 py-2 text-sm placeholder:text-muted max-sm:text-base"
        />
        <Button type="submit" className="h-9" disabled={text.trim() === "" || say.isPending}>
          <Send className="size-4" aria-hidden />
          <Trans context="verb">Comment</Trans>
        </Button>
      </div>
    </form>
  );
}
