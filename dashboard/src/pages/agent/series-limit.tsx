import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import type { Agent } from "@/api/types";
import { Notice } from "@/components/notice";

type Limit = NonNullable<Agent["series_limited"]>;

/** Says that an agent makes more new series than the hub keeps, and which. */
export function SeriesLimit({ limit }: { limit: Limit }) {
  return (
    <Notice className="mb-3" title={t`Not all new series of this agent are kept`}>
      {limitText(limit)} <Trans>Series that the hub knew before go on.</Trans>
    </Notice>
  );
}

function limitText({ count, metric, label }: Limit): string {
  if (label === "")
    return plural(count, {
      one: `# series of ${metric} is new within a day.`,
      other: `# series of ${metric} are new within a day.`,
    });
  return plural(count, {
    one: `# series of ${metric} is new within a day, most of them by ${label}.`,
    other: `# series of ${metric} are new within a day, most of them by ${label}.`,
  });
}
