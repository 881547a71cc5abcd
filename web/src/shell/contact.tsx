// Whom to ask: from the configuration.

import { Anchor, Text } from "@mantine/core";
import { config } from "../api/config";
import { useLanguage } from "../words/language";

export function Contact() {
  const { t } = useLanguage();
  const { business } = config();
  if (!business) return null;
  return (
    <Text size="sm">
      {t("app.contact")}{" "}
      <Anchor href={`tel:${business.phone.replace(/[^\d+]/g, "")}`} underline="always" inherit>
        {business.phone}
      </Anchor>{" "}
      ·{" "}
      <Anchor href={`mailto:${business.email}`} underline="always" inherit>
        {business.email}
      </Anchor>
    </Text>
  );
}
