// Who runs the site, and the papers: below every page of the members'.

import { Anchor } from "@mantine/core";
import { Link } from "react-router";
import { type Business, config } from "../api/config";
import { useLanguage } from "../words/language";
import type { Key } from "../words/strings";

const LINES: [keyof Business, Key][] = [
  ["name", "business.name"],
  ["representative", "business.representative"],
  ["registration", "business.registration"],
  ["mailOrder", "business.mailOrder"],
  ["address", "business.address"],
  ["phone", "business.phone"],
  ["email", "business.email"],
  ["hours", "business.hours"],
  ["hosting", "business.hosting"],
];

export function Footer() {
  const { t } = useLanguage();
  const { business } = config();
  return (
    <footer className="footer">
      <p className="footer-papers">
        <PaperLink paper="terms" />
        <PaperLink paper="privacy" />
      </p>
      {business ? (
        <dl className="business" aria-label={t("business.title")}>
          {LINES.map(([line, name]) =>
            business[line] ? (
              <div key={line}>
                <dt>{t(name)}</dt>
                {/* As it is registered, in whatever language the page is. */}
                <dd lang="ko">{business[line]}</dd>
              </div>
            ) : null,
          )}
        </dl>
      ) : null}
    </footer>
  );
}

/** The way to a paper: the site's own where the configuration names one, else ours. */
export function PaperLink({ paper, inNewTab = false }: { paper: "terms" | "privacy"; inNewTab?: boolean }) {
  const { t } = useLanguage();
  const { termsUrl, privacyUrl } = config();
  const own = paper === "terms" ? termsUrl : privacyUrl;
  const name = t(`paper.${paper}`);
  const label = inNewTab ? { "aria-label": t("paper.newTab", { name }) } : {};
  const target = inNewTab || own ? { target: "_blank", rel: "noreferrer" } : {};
  return own ? (
    <Anchor href={own} underline="always" size="sm" {...label} {...target}>
      {name}
    </Anchor>
  ) : (
    <Anchor component={Link} to={`/app/${paper}`} underline="always" size="sm" {...label} {...target}>
      {name}
    </Anchor>
  );
}
