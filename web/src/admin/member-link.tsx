import { Anchor } from "@mantine/core";
import { Link } from "react-router";
import { uidInPath } from "../api/uid";

/** A member's id, leading to the member's page. */
export function MemberLink({ uid }: { uid: string }) {
  return (
    <Anchor component={Link} to={`/app/admin/members/${uidInPath(uid)}`} className="uid">
      {uid}
    </Anchor>
  );
}
