import { Anchor } from "@mantine/core";
import { Link } from "react-router";

/** A member's id, leading to the member's page. */
export function MemberLink({ uid }: { uid: string }) {
  return (
    <Anchor component={Link} to={`/app/admin/members/${encodeURIComponent(uid)}`} className="uid">
      {uid}
    </Anchor>
  );
}
