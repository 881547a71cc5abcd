// The books: files for whoever keeps them, and a month's close against Iamport. Both are asked for page by page, so that
// neither is ever too much; what came stays when a page does not come, and it goes on from there.

import { Alert, Stack } from "@mantine/core";
import { useNow } from "../session/queries";
import { useSession } from "../session/session";
import { useLanguage } from "../words/language";
import { Waiting } from "../shell/answers";
import { BookFile } from "./book-file";
import { MonthsClose } from "./months-close";
import { today } from "./range";

export default function BooksPage() {
  const { t } = useLanguage();
  const { acts } = useSession();
  const now = useNow();
  if (!acts) return <Alert color="gray">{t("books.onlyAdmins")}</Alert>;
  if (now === null) return <Waiting />;
  return (
    <Stack gap="lg">
      <BookFile today={today(now)} />
      <MonthsClose today={today(now)} />
    </Stack>
  );
}
