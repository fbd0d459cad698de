import { t } from "@lingui/core/macro";
import { Link } from "@tanstack/react-router";

interface Place {
  to: string;
  label: string;
  /** Pages below it are places of their own. */
  exact: boolean;
}

/** Where alerting has its pages, from what happened to how it is told. */
const PLACES: readonly Place[] = [
  { to: "/incidents", label: t`Incidents`, exact: false },
  { to: "/alerts", label: t`Alerts`, exact: true },
  { to: "/alerts/rules", label: t`Rules`, exact: false },
  { to: "/quiet", label: t`Quiet`, exact: false },
  { to: "/settings/notifications", label: t`Notifications`, exact: false },
];

/** The way between the pages of alerting; it scrolls sideways where a phone is too narrow for it. */
export function AlertingNav() {
  return (
    <nav aria-label={t`Alerting`} className="-mx-3 mb-4 overflow-x-auto border-b px-3 sm:mx-0 sm:px-0">
      <ul className="flex gap-5">
        {PLACES.map(({ to, label, exact }) => (
          <li key={to}>
            <Link
              to={to}
              activeOptions={{ exact }}
              className="touch -mb-px flex items-center whitespace-nowrap border-transparent border-b-2 py-2 font-medium text-muted hover:text-text data-[status=active]:border-accent data-[status=active]:text-text"
            >
              {label}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
