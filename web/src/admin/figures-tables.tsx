// Figures that are no days: income by plan, and what became of declined charges.

import { Text } from "@mantine/core";
import type { Figures } from "../api/client";
import { useOffer } from "../session/queries";
import { won } from "../words/format";
import { useLanguage } from "../words/language";

type Total = Figures["total"];

const CLASSES = ["soft", "hard", "provider", "transient", "unknown"] as const;

export function Plans({ total }: { total: Total }) {
  const { t, language } = useLanguage();
  const offer = useOffer();
  const named = new Map(offer.data?.plans.map((plan) => [plan.id, plan.name]));
  const plans = Object.entries(total.paid_for);
  if (plans.length === 0) return <Text className="empty">{t("figures.noIncome")}</Text>;
  return (
    <table className="rows">
      <thead>
        <tr>
          <th scope="col">{t("figures.plan")}</th>
          <th scope="col" className="number">
            {t("figures.paid")}
          </th>
        </tr>
      </thead>
      <tbody>
        {plans.map(([plan, amount]) => (
          <tr key={plan}>
            <td data-label={t("figures.plan")}>{named.get(plan) ?? plan}</td>
            <td data-label={t("figures.paid")} className="number">
              {won(amount, language)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export function Declines({ total }: { total: Total }) {
  const { t } = useLanguage();
  const columns = [
    ["figures.declined", total.declined],
    ["figures.recovered", total.recovered_from],
    ["figures.lost", total.lost],
  ] as const;
  return (
    <>
      <Text size="sm" mb="sm">
        {t("figures.byClassHint")}
      </Text>
      <table className="rows">
        <thead>
          <tr>
            <th scope="col">{t("figures.class")}</th>
            {columns.map(([name]) => (
              <th key={name} scope="col" className="number">
                {t(name)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {CLASSES.map((kind) => (
            <tr key={kind}>
              <td data-label={t("figures.class")}>{t(`decline.${kind}`)}</td>
              {columns.map(([name, counts]) => (
                <td key={name} data-label={t(name)} className="number">
                  {counts[kind].toLocaleString("ko-KR")}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}
