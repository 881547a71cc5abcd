import { Anchor } from "@mantine/core";
import { Link } from "react-router";
import type { Who } from "../api/client";
import { uidInPath } from "../api/uid";

/** A member's id, leading to the member's page, and who that is, where it is known. */
export function MemberLink({ uid, who }: { uid: string; who?: Who | null | undefined }) {
  return (
    <span>
      <Anchor component={Link} to={`/app/admin/members/${uidInPath(uid)}`} className="uid">
        {uid}
      </Anchor>
      <WhoNote who={who} />
    </span>
  );
}

/** The name and the e-mail address of an account, where they are known. */
export function WhoNote({ who }: { who: Who | null | undefined }) {
  const known = nameOf(who);
  return known === null ? null : <span className="quiet">{known}</span>;
}

/** A uid with who that is, in one line. */
export function named(uid: string, who: Who | null | undefined): string {
  const known = nameOf(who);
  return known === null ? uid : `${uid} (${known})`;
}

/** Both in one line; `null` where neither is known. */
export function nameOf(who: Who | null | undefined): string | null {
  return [who?.name, who?.email].filter(Boolean).join(" · ") || null;
}
