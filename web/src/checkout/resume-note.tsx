// A registration that was opened in this browser and whose end was not seen: a closed tab is found again.

import { Alert, Anchor } from "@mantine/core";
import { Link } from "react-router";
import { useLanguage } from "../words/language";
import { recall } from "./open-checkouts";

export function ResumeNote({ uid }: { uid: string | null }) {
  const { t } = useLanguage();
  const open = uid === null ? null : recall(uid);
  if (open === null) return null;
  return (
    <Alert color="yellow" title={t("progress.resume")}>
      <Anchor
        component={Link}
        to={`/app/checkout/complete?merchant_uid=${encodeURIComponent(open.merchantUid)}`}
        underline="always"
      >
        {t("progress.resumeGo")}
      </Anchor>
    </Alert>
  );
}
