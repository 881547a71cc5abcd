// Members, found by what an admin has of them, and listed by what is the matter with them.

import { Stack } from "@mantine/core";
import { Find } from "./find";
import { MemberLists } from "./member-lists";

export function Members() {
  return (
    <Stack gap="lg">
      <Find />
      <MemberLists />
    </Stack>
  );
}
