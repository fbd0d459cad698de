import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { ChevronDown, UserCheck } from "lucide-react";
import { Button } from "@/components/ui/button";
import { Menu, MenuItem, MenuLabel, MenuSeparator } from "@/components/ui/menu";
import { ackChoices } from "@/lib/ack-choices";
import { hubNow } from "@/lib/clock";

interface AcknowledgeMenuProps {
  acknowledged: boolean;
  disabled: boolean;
  /** Which incident, for a list with several of these menus. */
  title?: string;
  className?: string;
  onAcknowledge: (until: number, label: string) => void;
  onTakeBack: () => void;
}

/** Says that one looks after an incident, and until when. */
export function AcknowledgeMenu(props: AcknowledgeMenuProps) {
  const { acknowledged, disabled, title, className, onAcknowledge, onTakeBack } = props;
  const small = title !== undefined;
  return (
    <Menu
      align={small ? "end" : "start"}
      label={t`Acknowledge`}
      trigger={
        <Button
          variant={acknowledged || small ? "secondary" : "primary"}
          size={small ? "sm" : "md"}
          disabled={disabled}
          className={className}
        >
          <UserCheck className="size-4" aria-hidden />
          {small ? (
            <Short acknowledged={acknowledged} title={title} />
          ) : acknowledged ? (
            <Trans context="incident">Acknowledged</Trans>
          ) : (
            <Trans>Acknowledge</Trans>
          )}
          <ChevronDown className="size-3.5" aria-hidden />
        </Button>
      }
    >
      <MenuLabel>
        <Trans>You look after it; no reminders for</Trans>
      </MenuLabel>
      {ackChoices(hubNow()).map(({ label, until }) => (
        <MenuItem key={label} onSelect={() => onAcknowledge(until, label)}>
          {label}
        </MenuItem>
      ))}
      {acknowledged && (
        <>
          <MenuSeparator />
          <MenuItem onSelect={onTakeBack}>
            <Trans>Take it back</Trans>
          </MenuItem>
        </>
      )}
    </Menu>
  );
}

/** What is seen begins what is read out: who speaks to the computer says what they see. */
function Short({ acknowledged, title }: { acknowledged: boolean; title: string }) {
  return (
    <span>
      {acknowledged ? (
        <Trans>
          Acked<span className="sr-only">: {title}</span>
        </Trans>
      ) : (
        <Trans>
          Ack<span className="sr-only">nowledge: {title}</span>
        </Trans>
      )}
    </span>
  );
}
