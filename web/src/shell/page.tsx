// What every page has: a heading that takes the focus, and the document's title.

import { Title } from "@mantine/core";
import { type ReactNode, useEffect, useRef } from "react";
import { useLanguage } from "../words/language";

export function Page({
  title,
  width,
  children,
}: {
  title: string;
  width?: "wide" | "narrow";
  children: ReactNode;
}) {
  const { t } = useLanguage();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · ${t("app.name")}`;
  }, [title, t]);
  // A screen reader begins to read where the page begins.
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  return (
    <main id="main" className="page" data-wide={width === "wide"} data-narrow={width === "narrow"}>
      <Title order={1} size={28} mb="lg" tabIndex={-1} ref={heading}>
        {title}
      </Title>
      {children}
    </main>
  );
}
