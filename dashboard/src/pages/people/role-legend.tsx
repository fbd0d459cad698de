import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { ROLE_TEXTS, ROLES } from "@/lib/access";

/** What each role may do. */
export function RoleLegend() {
  return (
    <section aria-label={t`Roles`} className="card px-5 py-4">
      <h2 className="font-semibold text-[0.9375rem]">
        <Trans>Roles</Trans>
      </h2>
      <dl className="mt-2 grid gap-x-6 gap-y-3 sm:grid-cols-3">
        {ROLES.map((role) => (
          <div key={role}>
            <dt className="font-medium first-letter:uppercase">{role}</dt>
            <dd className="text-muted text-xs leading-5">{ROLE_TEXTS[role]}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
