// A registration that was opened in this browser and whose end was not seen: a closed tab is found again.

import { Alert, Anchor } from "@mantine/core";
import { useEffect } from "react";
import { Link } from "react-router";
import type { Subscription } from "../api/client";
import { standingOf } from "../api/state";
import { useLanguage } from "../words/language";
import { forget, isOver, recall } from "./open-checkouts";

/** Nothing while the subscription is not known, nor while the page says itself what is waited for, nor once its end can be seen. */
export function ResumeNote({ uid, subscription }: { uid: string | null; subscription: Subscription | undefined }) {
  const { t } = useLanguage();
  const open = uid === null ? null : recall(uid);
  const over = open !== null && subscription !== undefined && isOver(open, subscription);
  const merchantUid = open?.merchantUid;
  useEffect(() => {
    if (over && uid !== null && merchantUid !== undefined) forget(uid, merchantUid);
  }, [over, uid, merchantUid]);
  if (open === null || subscription === undefined || over || standingOf(subscription) === "confirming") return null;
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
