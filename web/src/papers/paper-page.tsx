// 이용약관 and 개인정보 처리방침, open to everyone.

import { Stack, Text, Title } from "@mantine/core";
import { config } from "../api/config";
import { useOffer } from "../session/queries";
import { Page } from "../shell/page";
import { useLanguage } from "../words/language";
import { type Paper, PRIVACY, TERMS } from "./words";

export default function PaperPage({ paper }: { paper: Paper }) {
  const { t, language } = useLanguage();
  const { data: offer } = useOffer();
  const { business } = config();
  const values: Record<string, string> = {
    company: business?.name ?? "–",
    officer: business?.privacyOfficer ?? business?.representative ?? "–",
    phone: business?.phone ?? "–",
    email: business?.email ?? "–",
  };
  return (
    <Page title={t(`paper.${paper}`)}>
      <div className="panel">
        <Stack gap="lg">
          {paper === "terms" && offer ? <Text>{t("paper.version", { version: offer.terms_version })}</Text> : null}
          {(paper === "terms" ? TERMS : PRIVACY).map(({ title, lines }) => (
            <section key={title.ko}>
              <Title order={2} mb="xs">
                {title[language]}
              </Title>
              {lines.map((line) => (
                <Text key={line.ko} mb={6}>
                  <Filled text={line[language]} values={values} />
                </Text>
              ))}
            </section>
          ))}
        </Stack>
      </div>
    </Page>
  );
}

/** A text with its `{name}`s filled in; what comes from the configuration is as it is registered, in Korean. */
function Filled({ text, values }: { text: string; values: Record<string, string> }) {
  return text.split(/(\{\w+\})/).map((part, place) => {
    const name = /^\{(\w+)\}$/.exec(part)?.[1];
    return name ? (
      <span lang="ko" key={`${place} ${name}`}>
        {values[name]}
      </span>
    ) : (
      part
    );
  });
}
