// 처리: everything that an admin can do for a member as things stand, and what came of the last of it.

import { Alert, Button } from "@mantine/core";
import { type RefObject, useRef, useState } from "react";
import type { DeskAct, DeskSubscription } from "../api/client";
import { useLanguage } from "../words/language";
import { ActDialog } from "./act-dialog";
import { type Asked, nameOf, offered, outcome, TAKES_AWAY } from "./acts";
import { EraseFor } from "./erase-for";

export function ActsMenu({ uid, subscription }: { uid: string; subscription: DeskSubscription }) {
  const { t, language } = useLanguage();
  const [asked, ask] = useState<Asked | null>(null);
  const [said, say] = useState<{ text: string; color: string } | null>(null);
  const button = useRef<HTMLButtonElement>(null);
  const acts = offered(subscription);
  const name = (act: Asked) => (act === "erase" ? act : nameOf(act, subscription));
  const close = () => {
    ask(null);
    button.current?.focus();
  };
  const done = (act: DeskAct, stands: DeskSubscription) => {
    close();
    const failed = act === "try_again" && stands.state === "past_due";
    const text = outcome(act, stands, t(`desk.${nameOf(act, subscription)}`), t, language);
    say({ text, color: failed ? "yellow" : "green" });
  };
  return (
    <>
      {acts.length > 0 ? (
        <Acts
          acts={acts}
          button={button}
          name={(act) => t(`desk.${name(act)}`)}
          onAsk={(act) => {
            say(null);
            ask(act);
          }}
        />
      ) : null}
      <div role="status" className="said">
        {said ? (
          <Alert color={said.color} withCloseButton closeButtonLabel={t("card.close")} onClose={() => say(null)}>
            {said.text}
          </Alert>
        ) : null}
      </div>
      {asked === "erase" ? <EraseFor uid={uid} subscription={subscription} onClose={close} /> : null}
      {asked && asked !== "erase" ? (
        <ActDialog
          uid={uid}
          act={asked}
          subscription={subscription}
          onDone={(stands) => done(asked, stands)}
          onClose={close}
        />
      ) : null}
    </>
  );
}

/** The acts, shown under their button while it is pressed. */
function Acts({
  acts,
  button,
  name,
  onAsk,
}: {
  acts: Asked[];
  button: RefObject<HTMLButtonElement | null>;
  name: (act: Asked) => string;
  onAsk: (act: Asked) => void;
}) {
  const { t } = useLanguage();
  const [open, setOpen] = useState(false);
  const close = () => {
    setOpen(false);
    button.current?.focus();
  };
  return (
    <div
      className="acts"
      onKeyDown={(event) => {
        if (event.key === "Escape" && open) close();
      }}
      onBlur={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget)) setOpen(false);
      }}
    >
      <Button
        ref={button}
        rightSection={<span aria-hidden>▾</span>}
        aria-expanded={open}
        aria-controls="acts"
        onClick={() => setOpen(!open)}
      >
        {t("desk.menu")}
      </Button>
      <ul id="acts" hidden={!open}>
        {acts.map((act) => (
          <li key={act}>
            <Button
              fullWidth
              variant="subtle"
              justify="flex-start"
              color={TAKES_AWAY.includes(act) ? "red" : "blue"}
              onClick={() => {
                close();
                onAsk(act);
              }}
            >
              {name(act)}
            </Button>
          </li>
        ))}
      </ul>
    </div>
  );
}
