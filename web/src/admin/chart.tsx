// A chart of days, with its numbers as a table for whoever cannot see it. The colours differ in lightness too.

import {
  BarController,
  BarElement,
  CategoryScale,
  Chart,
  type ChartConfiguration,
  Legend,
  LinearScale,
  Tooltip,
} from "chart.js";
import { useComputedColorScheme } from "@mantine/core";
import { useEffect, useRef } from "react";
import { date } from "../words/format";
import { useLanguage } from "../words/language";
import type { Language } from "../words/strings";

Chart.register(BarController, BarElement, CategoryScale, LinearScale, Tooltip, Legend);

const COLOURS = {
  light: ["#2856d0", "#b42318", "#e0a100", "#7a8699", "#1f7a4d"],
  dark: ["#8fb0ff", "#ff8a7d", "#f2c14e", "#a7b1bf", "#6fd098"],
};
const INKS = { light: "#5a6474", dark: "#a7b1bf" };

export interface Series {
  name: string;
  values: number[];
}

interface Shown {
  title: string;
  /** Dates in Korea. */
  days: string[];
  /** Whether each stands for its month. */
  byMonth: boolean;
  series: Series[];
  show: (value: number) => string;
}

export function DayChart({ title, days, byMonth, series, show }: Shown) {
  const { t, language } = useLanguage();
  const canvas = useRef<HTMLCanvasElement>(null);
  const scheme = useComputedColorScheme("light");
  useEffect(() => {
    if (!canvas.current) return;
    const chart = new Chart(canvas.current, barsOf({ days, byMonth, series, show, language, scheme }));
    return () => chart.destroy();
  }, [days, byMonth, series, show, language, scheme]);
  return (
    <figure className="chart">
      <div className="chart-canvas">
        <canvas ref={canvas} role="img" aria-label={title} />
      </div>
      <details>
        <summary>{t("figures.asTable")}</summary>
        <DayTable title={title} days={days} byMonth={byMonth} series={series} show={show} />
      </details>
    </figure>
  );
}

/** The chart, as Chart.js takes it. */
function barsOf({
  days,
  byMonth,
  series,
  show,
  language,
  scheme,
}: Omit<Shown, "title"> & { language: Language; scheme: keyof typeof COLOURS }): ChartConfiguration<"bar"> {
  return {
    type: "bar",
    data: {
      labels: days.map((day) => (byMonth ? yearAndMonth(day) : monthAndDay(day))),
      datasets: series.map(({ name, values }, index) => ({
        label: name,
        data: values,
        backgroundColor: COLOURS[scheme][index % COLOURS[scheme].length] ?? INKS[scheme],
        borderRadius: 3,
        maxBarThickness: 26,
      })),
    },
    options: {
      animation: false,
      color: INKS[scheme],
      maintainAspectRatio: false,
      interaction: { mode: "index", intersect: false },
      font: { family: getComputedStyle(document.body).fontFamily },
      scales: {
        x: { grid: { display: false }, ticks: { maxRotation: 0, autoSkipPadding: 16 } },
        y: {
          beginAtZero: true,
          suggestedMax: 4,
          ticks: { precision: 0, maxTicksLimit: 5, callback: (value) => show(Number(value)) },
        },
      },
      plugins: {
        legend: { display: series.length > 1, position: "bottom", labels: { boxWidth: 12 } },
        tooltip: {
          callbacks: {
            title: ([item]) => (item ? named(days[item.dataIndex] ?? "", byMonth, language) : ""),
            label: ({ dataset, parsed }) => `${dataset.label}: ${show(Number(parsed.y))}`,
          },
        },
      },
    },
  };
}

function DayTable({ title, days, byMonth, series, show }: Shown) {
  const { t, language } = useLanguage();
  return (
    <table className="rows">
      <caption>{title}</caption>
      <thead>
        <tr>
          <th scope="col">{t("figures.day")}</th>
          {series.map(({ name }) => (
            <th key={name} scope="col" className="number">
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {days.map((day, index) => (
          <tr key={day}>
            <td data-label={t("figures.day")}>{named(day, byMonth, language)}</td>
            {series.map(({ name, values }) => (
              <td key={name} data-label={name} className="number">
                {show(values[index] ?? 0)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function named(day: string, byMonth: boolean, language: Language): string {
  return byMonth ? yearAndMonth(day) : date(day, language);
}

/** `2026-11-03` as `2026.11`. */
function yearAndMonth(day: string): string {
  return day.slice(0, 7).replace("-", ".");
}

/** `2026-11-03` as `11/3`. */
function monthAndDay(day: string): string {
  const [, month, dayOfMonth] = day.split("-").map(Number);
  return `${month}/${dayOfMonth}`;
}
